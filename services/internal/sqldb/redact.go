package sqldb

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// errName says that a name is none of a database. It does not repeat it: there may be a
// password in it.
var errName = errors.New("want the path of a file, or a URL that begins with postgres://")

// hidden is in place of what may be a secret.
const hidden = "xxxxx"

// settings are those of PostgreSQL that are written as words, each with a value: in place
// of a URL, which they are not read as.
var settings = regexp.MustCompile(`(?i)(\b\w*(?:pass|secret|token)\w*\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s'&]\S*)`)

// isFile reports whether a name can be meant as the path of a file: it is no URL, and
// does not have settings of PostgreSQL.
func isFile(name string) bool { return !strings.Contains(name, "://") && !settings.MatchString(name) }

// Redacted returns the name of a database without its password, for logs and errors. Of
// the parameters of a URL it has the values of those alone that are known to be harmless.
func Redacted(name string) string {
	if !strings.Contains(name, "://") {
		return settings.ReplaceAllString(name, "${1}"+hidden)
	}
	u, err := url.Parse(name)
	if err != nil || u.Opaque != "" {
		return "the PostgreSQL database"
	}
	query := u.Query()
	for key, values := range query {
		if !isHarmless(key) {
			query[key] = slices.Repeat([]string{hidden}, len(values))
		}
	}
	u.RawQuery, u.Fragment = query.Encode(), ""
	return u.Redacted()
}

// isHarmless reports whether a parameter of a URL may be shown.
func isHarmless(parameter string) bool {
	switch parameter {
	case "host", "hostaddr", "port", "user", "dbname", "database", "search_path", "application_name", "connect_timeout", "target_session_attrs",
		"sslmode", "sslnegotiation", "sslrootcert", "sslcert", "sslkey", "sslsni", "channel_binding", "service", "servicefile", "passfile",
		"timezone", "statement_timeout", "lock_timeout", "default_query_exec_mode", "pool_max_conns":
		return true
	}
	return false
}
