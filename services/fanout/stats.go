package fanout

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Stats are what a server has done.
type Stats struct {
	Subscribers int   // that there are
	Total       int64 // that there were
	// Ended counts those who are gone, by reason: a name of an error, such as
	// ConsumerTooSlow, or one of the constants.
	Ended  map[string]int64
	Frames int64 // that were sent
	Bytes  int64
	// Held is what the shared frames take in memory, in bytes, and Peak the most that they
	// took.
	Held, Peak int
	// Reads are those of the store.
	Reads int64
}

// Stats returns what the server has done.
func (s *Server) Stats() Stats {
	all := s.Subscribers()
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{Subscribers: len(all), Total: s.total, Ended: maps.Clone(s.ended), Frames: s.frames, Bytes: s.bytes}
	for i := range all {
		stats.Frames += all[i].Frames
		stats.Bytes += all[i].Bytes
	}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	stats.Held, stats.Peak, stats.Reads = s.feed.held, s.feed.peak, s.feed.reads
	return stats
}

// A Subscriber is one at a moment.
type Subscriber struct {
	Address string
	// Agent is what the client calls itself, cut to 200 bytes. It is a stranger's text.
	Agent  string
	Since  time.Time
	Cursor int64 // the seq up to which it was sent everything
	// Lag is how far Cursor is behind the latest seq.
	Lag    int64
	Frames int64 // that were sent
	Bytes  int64
	// Rate is how many frames it was sent each second of late: in the last 10 s or more.
	Rate float64
}

// Subscribers returns all subscribers, those who came first before others.
func (s *Server) Subscribers() []Subscriber {
	latest := s.opts.Log.Window().Latest
	subscribers := s.all()
	all := make([]Subscriber, 0, len(subscribers))
	for _, sub := range subscribers {
		all = append(all, sub.snapshot(latest))
	}
	slices.SortFunc(all, func(a, b Subscriber) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Cursor, b.Cursor))
	})
	return all
}

// What Prometheus is told.
var (
	descSubscribers = prometheus.NewDesc("fanout_subscribers", "Subscribers that there are.", nil, nil)
	descTotal       = prometheus.NewDesc("fanout_subscribers_total", "Subscribers that there were.", nil, nil)
	descEnded       = prometheus.NewDesc("fanout_subscribers_ended_total", "Subscribers that are gone, by reason.", []string{"reason"}, nil)
	descFrames      = prometheus.NewDesc("fanout_frames_sent_total", "Frames that were sent to subscribers.", nil, nil)
	descBytes       = prometheus.NewDesc("fanout_sent_bytes_total", "Bytes that were sent to subscribers.", nil, nil)
	descHeld        = prometheus.NewDesc("fanout_shared_bytes", "Memory of the frames that subscribers share.", nil, nil)
	descReads       = prometheus.NewDesc("fanout_store_reads_total", "Reads of the store for those who are behind.", nil, nil)
	descLag         = prometheus.NewDesc("fanout_lag_max", "How many seqs the last subscriber is behind.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Server) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, out) }

// Collect implements prometheus.Collector.
func (s *Server) Collect(out chan<- prometheus.Metric) {
	stats := s.Stats()
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	send(descSubscribers, prometheus.GaugeValue, float64(stats.Subscribers))
	send(descTotal, prometheus.CounterValue, float64(stats.Total))
	for reason, n := range stats.Ended {
		send(descEnded, prometheus.CounterValue, float64(n), reason)
	}
	send(descFrames, prometheus.CounterValue, float64(stats.Frames))
	send(descBytes, prometheus.CounterValue, float64(stats.Bytes))
	send(descHeld, prometheus.GaugeValue, float64(stats.Held))
	send(descReads, prometheus.CounterValue, float64(stats.Reads))
	lag := int64(0)
	for _, sub := range s.Subscribers() {
		lag = max(lag, sub.Lag)
	}
	send(descLag, prometheus.GaugeValue, float64(lag))
}
