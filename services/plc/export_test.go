package plc

// Addresses returns how many addresses the limiter remembers.
func (s *Server) Addresses() int {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	return len(s.limiter.buckets)
}
