package plc

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics tells of a server.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	taken    prometheus.Counter
	streams  prometheus.Gauge
	closed   *prometheus.CounterVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plc_requests_total", Help: "Requests that were answered, by endpoint and status.",
		}, []string{"endpoint", "status"}),
		taken: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "plc_operations_taken_total", Help: "Operations that were submitted and taken.",
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "plc_streams", Help: "Streams that are open.",
		}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plc_streams_closed_total", Help: "Streams that the directory has closed, by reason.",
		}, []string{"reason"}),
	}
	head := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "plc_sequence_head", Help: "The last number of the sequence that streams were told of.",
	}, func() float64 { return float64(s.feed.last()) })
	m.registry.MustRegister(m.requests, m.taken, m.streams, m.closed, head, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Register adds metrics of others, such as a mirror, to /metrics. It panics if
// one has a name that is taken.
func (s *Server) Register(c ...prometheus.Collector) { s.metrics.registry.MustRegister(c...) }
