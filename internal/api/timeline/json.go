package timeline

import (
	"bytes"
	"encoding/json"
	"time"
)

// AppendJSON appends the timeline as encoding/json writes it, HTML left as it is.
// Ninety days of 64 cameras are some 35,000 spans; reflection takes several times
// as long over them.
func (t Timeline) AppendJSON(b []byte) []byte {
	spans := 0
	for i := range t.Cameras {
		spans += len(t.Cameras[i].Spans)
	}
	const usual = 100 // bytes of a span
	if b == nil {
		b = make([]byte, 0, usual*(spans+len(t.Cameras)+2))
	}
	b = appendTime(append(b, `{"from":`...), t.From)
	b = appendTime(append(b, `,"to":`...), t.To)
	b = appendTime(append(b, `,"now":`...), t.Now)
	b = append(b, `,"cameras":`...)
	b = appendList(b, t.Cameras, Lane.appendJSON)
	return append(b, '}')
}

func (l Lane) appendJSON(b []byte) []byte {
	b = appendText(append(b, `{"camera":`...), l.Camera)
	b = append(b, `,"spans":`...)
	b = appendList(b, l.Spans, Span.appendJSON)
	return append(b, '}')
}

func (s Span) appendJSON(b []byte) []byte {
	b = appendTime(append(b, `{"start":`...), s.Start)
	b = appendTime(append(b, `,"end":`...), s.End)
	b = appendText(append(b, `,"kind":`...), s.Kind)
	if s.Cause != "" {
		b = appendText(append(b, `,"cause":`...), s.Cause)
	}
	if s.Detail != "" {
		b = appendText(append(b, `,"detail":`...), s.Detail)
	}
	if s.Open {
		b = append(b, `,"open":true`...)
	}
	if s.Planned {
		b = append(b, `,"planned":true`...)
	}
	if s.Symptom != "" {
		b = appendText(append(b, `,"symptom":`...), s.Symptom)
	}
	return append(b, '}')
}

func appendList[T any](b []byte, list []T, item func(T, []byte) []byte) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = item(list[i], b)
	}
	return append(b, ']')
}

func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendText writes words of ASCII, as kinds and causes are, itself.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			var w bytes.Buffer
			enc := json.NewEncoder(&w)
			enc.SetEscapeHTML(false)
			_ = enc.Encode(s) // a string has a form always
			return append(b, bytes.TrimSuffix(w.Bytes(), []byte("\n"))...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
