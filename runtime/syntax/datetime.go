package syntax

import "time"

// MaxDatetimeLen is the greatest length of a datetime in bytes. The
// specification sets none; peers agree on this one.
const MaxDatetimeLen = 64

// The moments at which [DatetimeOf] stops.
const (
	firstDatetime Datetime = "0000-01-01T00:00:00.000Z"
	lastDatetime  Datetime = "9999-12-31T23:59:59.999Z"
)

// Datetime is a moment as text, such as 2024-11-24T06:04:08.123Z (SY-20). The
// text is kept as it was written, because it is part of what is signed
// (SY-21): [Datetime.Time] says which moment it means.
type Datetime string

// ParseDatetime returns text as a datetime if it is YYYY-MM-DDTHH:mm:ss, with
// or without a fraction of a second, and then Z or an offset +HH:mm or -HH:mm;
// if that day and time exist; and if the moment is not before the year 0 in
// UTC, though it may be after the year 9999 by its offset. The offset -00:00,
// lower-case letters and a second 60 are refused.
func ParseDatetime(text string) (Datetime, error) {
	return parse[Datetime](FormatDatetime, text, scanDatetime)
}

// DatetimeOf returns t as a datetime: in UTC, cut to milliseconds, in the form
// that AT Protocol recommends. A moment outside the years 0 to 9999 cannot be
// written, and gives the first or last millisecond of them.
func DatetimeOf(t time.Time) Datetime {
	t = t.UTC()
	switch year := t.Year(); {
	case year < 0:
		return firstDatetime
	case year > 9999:
		return lastDatetime
	}
	return Datetime(t.Format("2006-01-02T15:04:05.000Z"))
}

// String returns d as a string.
func (d Datetime) String() string { return string(d) }

// Time returns the moment, in UTC, cut to nanoseconds. It fails if d is not
// what [ParseDatetime] accepts.
func (d Datetime) Time() (time.Time, error) {
	m, f := scanMoment(string(d))
	if f.found() {
		return time.Time{}, newError(FormatDatetime, string(d), f)
	}
	return m.time(), nil
}

// Equal reports whether d and e are the same text. Two texts may mean one
// moment, and then are not equal, because a record with the one is not the
// record with the other; compare what Time returns to compare moments.
func (d Datetime) Equal(e Datetime) bool { return d == e }

// moment is a datetime taken apart.
type moment struct {
	year, month, day     int
	hour, minute, second int
	nanosecond           int
	offset               int // seconds east of UTC
}

func (m moment) time() time.Time {
	return time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second-m.offset, m.nanosecond, time.UTC)
}

func scanDatetime(text string) fault {
	_, f := scanMoment(text)
	return f
}

func scanMoment(text string) (moment, fault) {
	if f := tooLong(text, MaxDatetimeLen); f.found() {
		return moment{}, f
	}
	s := momentScanner{text: text}
	var m moment
	s.date(&m)
	s.literal('T')
	s.timeOfDay(&m)
	s.fraction(&m)
	s.zone(&m)
	if s.at < len(text) {
		s.fail(s.at, "text behind the datetime")
	}
	if !s.fault.found() && m.year == 0 && m.time().Year() < 0 {
		s.fail(0, "before the year 0 in UTC")
	}
	return m, s.fault
}

// momentScanner reads a datetime from left to right. After its first fault it
// reads nothing more.
type momentScanner struct {
	text  string
	at    int
	fault fault
}

func (s *momentScanner) fail(at int, reason string) {
	if !s.fault.found() {
		s.fault = fault{at, reason}
	}
}

// peek returns the next byte, or 0 at the end and after a fault.
func (s *momentScanner) peek() byte {
	if s.fault.found() || s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *momentScanner) date(m *moment) {
	m.year = s.number(4, 0, 9999)
	s.literal('-')
	m.month = s.number(2, 1, 12)
	s.literal('-')
	m.day = s.number(2, 1, 31)
	if !s.fault.found() && m.day > daysIn(m.year, m.month) {
		s.fail(s.at-2, "no such day in that month")
	}
}

func (s *momentScanner) timeOfDay(m *moment) {
	m.hour = s.number(2, 0, 23)
	s.literal(':')
	m.minute = s.number(2, 0, 59)
	s.literal(':')
	m.second = s.number(2, 0, 59)
}

// fraction reads a fraction of a second, if there is one.
func (s *momentScanner) fraction(m *moment) {
	if s.peek() != '.' {
		return
	}
	s.at++
	start := s.at
	for unit := 100_000_000; isDigit(s.peek()); unit /= 10 {
		m.nanosecond += unit * int(s.peek()-'0')
		s.at++
	}
	if s.at == start {
		s.fail(s.at, "no digits behind the decimal point")
	}
}

func (s *momentScanner) zone(m *moment) {
	sign := s.peek()
	switch sign {
	case 'Z':
		s.at++
		return
	case '+', '-':
		s.at++
	default:
		s.fail(s.at, "no Z and no offset from UTC")
		return
	}
	hours := s.number(2, 0, 23)
	s.literal(':')
	minutes := s.number(2, 0, 59)
	m.offset = hours*3600 + minutes*60
	if sign == '-' {
		if m.offset == 0 {
			s.fail(s.at-len("-00:00"), "offset -00:00")
		}
		m.offset = -m.offset
	}
}

// literal reads the byte c.
func (s *momentScanner) literal(c byte) {
	if s.peek() != c {
		s.fail(s.at, "expected "+string(rune(c)))
		return
	}
	s.at++
}

// number reads a number of exactly that many digits, within lo and hi.
func (s *momentScanner) number(digits, lo, hi int) int {
	start, n := s.at, 0
	for range digits {
		c := s.peek()
		if !isDigit(c) {
			s.fail(s.at, "expected a digit")
			return 0
		}
		n = n*10 + int(c-'0')
		s.at++
	}
	if n < lo || n > hi {
		s.fail(start, "number out of range")
	}
	return n
}

// daysIn returns the number of days of a month of 1 to 12 in the Gregorian
// calendar, which goes back beyond its introduction.
func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
