// Package problem is the error that crosses packages: a kind for the program, a
// stable code and a safe sentence for people, and a cause for the log only.
package problem

import (
	"errors"
	"fmt"
)

// Kind is what a caller may branch on.
type Kind string

// Kinds, each with one HTTP status in package api.
const (
	Internal      Kind = "internal" // ours; the sentence says nothing of the cause
	Invalid       Kind = "invalid"  // the input breaks a rule
	NotSignedIn   Kind = "not_signed_in"
	Forbidden     Kind = "forbidden" // a rule or a missing decision refuses
	NotFound      Kind = "not_found"
	Conflict      Kind = "conflict"      // the state does not allow it, or somebody was first
	TooMany       Kind = "too_many"      // slow down
	Unavailable   Kind = "unavailable"   // a part that is needed is away; try again
	Unacceptable  Kind = "unacceptable"  // nothing we can send is understood by the client
	Unsatisfiable Kind = "unsatisfiable" // a range of bytes that is not there
)

// Error is an error with its safe face.
type Error struct {
	Kind   Kind
	Code   string         // stable snake_case word; the screens have texts for it in both languages
	Params map[string]any // values for those texts; safe to show
	Detail string         // one English sentence; safe to show
	Field  string         // the input it is about, as a JSON path, if any
	Err    error          // for the log, never shown

	// Refuses is set where a rule refuses what was asked although the kind says otherwise, so
	// that it goes on record like everything Forbidden.
	Refuses bool
}

// New makes an error without a cause.
func New(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Wrap hides err behind an internal error; nil stays nil.
func Wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// With returns a copy that carries one more parameter.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Params = make(map[string]any, len(e.Params)+1)
	for k, v := range e.Params {
		c.Params[k] = v
	}
	c.Params[key] = value
	return &c
}

// On returns a copy that names the input field it is about.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Refusal returns a copy that goes on record as a refusal, whatever its kind.
func (e *Error) Refusal() *Error {
	c := *e
	c.Refuses = true
	return &c
}

// Refused tells whether a rule refuses it: what goes on record of whoever is signed in.
func (e *Error) Refused() bool { return e.Kind == Forbidden || e.Refuses }

// Because returns a copy that carries the cause for the log.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error is for logs: it includes the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Code + ": " + e.Detail + ": " + e.Err.Error()
	}
	return e.Code + ": " + e.Detail
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is match by code, so that a copy with parameters still matches.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// Of finds the *Error in err's chain; anything else is an internal error.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal_error", Detail: "Something went wrong on the server; the log has the details.", Err: err}
}
