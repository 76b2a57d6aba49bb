package rtsp

import (
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

func TestDatesAsDevicesWriteThem(t *testing.T) {
	want := time.Date(2026, 11, 8, 18, 4, 5, 0, time.UTC)
	for text, known := range map[string]bool{
		"Sun, 08 Nov 2026 18:04:05 GMT": true, // HTTP
		"Sun, Nov 08 2026 18:04:05 GMT": true, // Live555
		"Sun, Nov  8 2026 18:04:05 GMT": true,
		"Sun, 8 Nov 2026 18:04:05 GMT":  true,
		"8 Nov 2026 18:04:05 GMT":       true, // RFC 2326's own example, with seconds
		"Sun Nov  8 18:04:05 2026":      true, // asctime
		"":                              false,
		"yesterday":                     false,
		"Thu, 01 Jan 1903 00:00:00 GMT": false,
		"Sun, 08 Nov 2026 18:04:05 PST": false,
		"Sun, 32 Nov 2026 18:04:05 GMT": false,
	} {
		got, ok := dateOf(base.Header{"Date": {text}})
		if ok != known || ok && !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
	if _, ok := dateOf(base.Header{"Date": {"Sun, 08 Nov 2026 18:04:05 GMT", "Sun, 08 Nov 2026 18:04:06 GMT"}}); ok {
		t.Error("two dates are one")
	}
}

func FuzzDate(f *testing.F) {
	f.Add("Sun, 08 Nov 2026 18:04:05 GMT")
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := dateOf(base.Header{"Date": {text}}); ok && at.Unix() < 0 {
			t.Errorf("%q is %v", text, at)
		}
	})
}
