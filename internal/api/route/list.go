package route

import "time"

// List is the body of every list. Items is never null.
type List[T any] struct {
	Items []T `json:"items"`
}

// Answer is the output of an operation with a body.
type Answer[T any] struct {
	Body T
}

// Reply makes an Answer.
func Reply[T any](body T) *Answer[T] { return &Answer[T]{Body: body} }

// Answering makes what answers with the face of a record, or with its refusal.
func Answering[R, T any](face func(R) T) func(R, error) (*Answer[T], error) {
	return func(record R, err error) (*Answer[T], error) {
		if err != nil {
			return nil, err
		}
		return Reply(face(record)), nil
	}
}

// Items makes an Answer with a list, mapping every record to its face.
func Items[R, T any](records []R, face func(R) T) *Answer[List[T]] {
	items := make([]T, len(records))
	for i, r := range records {
		items[i] = face(r)
	}
	return Reply(List[T]{Items: items})
}

// Nothing is the output of an operation without a body.
type Nothing struct{}

// Done answers without a body where nothing went wrong.
func Done(err error) (*Nothing, error) {
	if err != nil {
		return nil, err
	}
	return &Nothing{}, nil
}

// Time turns microseconds since 1970 UTC, as records are kept, into what JSON
// shows as RFC 3339.
func Time(us int64) time.Time { return time.UnixMicro(us).UTC() }

// TimeOrNil is Time for instants that may be absent, kept as 0.
func TimeOrNil(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := Time(us)
	return &t
}

// TimeOf is Time for instants that are kept as nothing where they are absent.
func TimeOf(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	return TimeOrNil(*us)
}

// Note goes with a decision; a refusal needs one.
type Note struct {
	Note string `json:"note,omitempty" maxLength:"4000"`
}
