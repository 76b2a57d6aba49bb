package route

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"watchroom/internal/problem"
)

// Interval checks that from comes before to, that both are dates a camera can
// have seen, and that they lie no further apart than longest.
func Interval(from, to time.Time, longest time.Duration) error {
	if err := Instants(from, to); err != nil {
		return err
	}
	if !from.Before(to) {
		return problem.New(problem.Invalid, "interval_empty", "The interval must begin before it ends.")
	}
	if to.Sub(from) > longest {
		return problem.New(problem.Invalid, "interval_too_long", "The interval is too long.").
			With("hours", int(longest.Hours()))
	}
	return nil
}

// Instants checks that they are dates a camera can have seen.
func Instants(list ...time.Time) error {
	for _, t := range list {
		if t.Year() < 1970 || t.Year() > 2200 {
			return problem.New(problem.Invalid, "time_out_of_range", "The instant is not between 1970 and 2200.")
		}
	}
	return nil
}

// Form reads the query of a plain route and keeps the first mistake.
type Form struct {
	values url.Values
	err    error
}

// FormOf reads r's query.
func FormOf(r *http.Request) *Form {
	values, err := url.ParseQuery(r.URL.RawQuery)
	f := &Form{values: values}
	if err != nil {
		f.wrong("query", "", "cannot be read")
	}
	return f
}

// Err is the first mistake, a problem.
func (f *Form) Err() error { return f.err }

func (f *Form) wrong(location, value, message string) {
	if f.err != nil {
		return
	}
	p := plain(http.StatusUnprocessableEntity, "invalid_input", "The request breaks the rules of this operation.")
	p.Errors = []Fault{{Location: location, Message: message, Value: echo(location, value)}}
	f.err = p
}

// Instant reads an RFC 3339 time; required ones must be there, others are zero.
func (f *Form) Instant(name string, required bool) time.Time {
	s := f.values.Get(name)
	if s == "" {
		if required {
			f.wrong("query."+name, "", "required query parameter is missing")
		}
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		f.wrong("query."+name, s, "expected a date and time as in RFC 3339")
		return time.Time{}
	}
	if t.Year() < 1970 || t.Year() > 2200 {
		f.wrong("query."+name, s, "expected a year between 1970 and 2200")
		return time.Time{}
	}
	return t.UTC()
}

// Whole reads an integer between least and most.
func (f *Form) Whole(name string, otherwise, least, most int) int {
	s := f.values.Get(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		f.wrong("query."+name, s, fmt.Sprintf("expected a whole number from %d to %d", least, most))
		return otherwise
	}
	return n
}

// Switch reads 0 or 1.
func (f *Form) Switch(name string, otherwise bool) bool {
	n := 0
	if otherwise {
		n = 1
	}
	return f.Whole(name, n, 0, 1) == 1
}

// Text reads text of at most 200 bytes.
func (f *Form) Text(name string, required bool) string {
	s := f.values.Get(name)
	if s == "" && required {
		f.wrong("query."+name, "", "required query parameter is missing")
	}
	if len(s) > 200 {
		f.wrong("query."+name, "", "expected at most 200 bytes")
		return ""
	}
	return s
}

// Word reads one of a few words; the first is the default.
func (f *Form) Word(name string, words ...string) string {
	s := f.values.Get(name)
	if s == "" {
		return words[0]
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	f.wrong("query."+name, s, fmt.Sprintf("expected one of %q", words))
	return words[0]
}
