package relay

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// metrics are what /metrics tells. Hosts are not labels, as strangers choose their
// names; the endpoints of the operator have them.
type metrics struct {
	registry *prometheus.Registry
	received *prometheus.CounterVec
	emitted  *prometheus.CounterVec
	rejected *prometheus.CounterVec
	healed   prometheus.Counter
	requests *prometheus.CounterVec
}

func newMetrics(r *Relay) *metrics {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		received: counters("relay_events_received_total", "Events that hosts have sent, by kind.", "kind"),
		emitted:  counters("relay_events_emitted_total", "Events that were passed on, by kind.", "kind"),
		rejected: counters("relay_events_rejected_total", "Events and frames that were not passed on, by reason.", "reason"),
		healed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "relay_commits_as_sync_total", Help: "Commits that did not follow, and were announced as a #sync.",
		}),
		requests: counters("relay_requests_total", "Requests that were answered, by method and status.", "method", "status"),
	}
	head := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "relay_sequence_head", Help: "The last seq that was given.",
	}, func() float64 { return float64(r.opts.Log.Window().Latest) })
	m.registry.MustRegister(m.received, m.emitted, m.rejected, m.healed, m.requests, head, &hostCollector{r}, r.fanout,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Served implements [xrpc.Metrics].
func (m *metrics) Served(_ context.Context, method *xrpc.Method, status int, _ time.Duration) {
	name := ""
	if method != nil {
		name = string(method.NSID)
	}
	m.requests.WithLabelValues(name, strconv.Itoa(status)).Inc()
}

// Opened implements [xrpc.Metrics]. The one stream that there is, is the fan-out's, which
// counts for itself.
func (*metrics) Opened(context.Context, *xrpc.Method) {}

// Closed implements [xrpc.Metrics].
func (*metrics) Closed(context.Context, *xrpc.Method, string, int64, time.Duration) {}

// hostCollector counts hosts by status, and accounts, when it is asked.
type hostCollector struct{ relay *Relay }

var (
	hostsMetric    = prometheus.NewDesc("relay_hosts", "Hosts, by status.", []string{"status"}, nil)
	accountsMetric = prometheus.NewDesc("relay_accounts", "Accounts of all hosts.", nil, nil)
	lagMetric      = prometheus.NewDesc("relay_lag_seconds",
		"How old the last event of a host was when it was passed on: the median of the hosts with one within the last minute.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (*hostCollector) Describe(out chan<- *prometheus.Desc) {
	out <- hostsMetric
	out <- accountsMetric
	out <- lagMetric
}

// Collect implements [prometheus.Collector].
func (c *hostCollector) Collect(out chan<- prometheus.Metric) {
	o := c.relay.Overview()
	for _, status := range []comatproto.SyncDefsHostStatus{
		comatproto.SyncDefsHostStatusActive, comatproto.SyncDefsHostStatusIdle, comatproto.SyncDefsHostStatusOffline,
		comatproto.SyncDefsHostStatusThrottled, comatproto.SyncDefsHostStatusBanned,
	} {
		out <- prometheus.MustNewConstMetric(hostsMetric, prometheus.GaugeValue, float64(o.Hosts[string(status)]), string(status))
	}
	out <- prometheus.MustNewConstMetric(accountsMetric, prometheus.GaugeValue, float64(o.Accounts))
	out <- prometheus.MustNewConstMetric(lagMetric, prometheus.GaugeValue, o.Lag.Seconds())
}
