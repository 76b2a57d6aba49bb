package rtsp

import (
	"net/http"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// dates are the ways in which devices write a Date beside those of HTTP. RFC 2326
// 12.18 wants that of HTTP; Live555 and what is made from it, which is most cameras,
// writes "Sat, Nov 28 2026 18:04:05 GMT".
var dates = []string{"Mon, Jan 2 2006 15:04:05 GMT", "Mon, 2 Jan 2006 15:04:05 GMT", "2 Jan 2006 15:04:05 GMT"}

// earliest is a clock that was never set: what it tells of the day is worthless, but
// that it is wrong is worth telling.
var earliest = time.Unix(0, 0)

// dateOf reads when the device says that it answered, in whole seconds.
func dateOf(h base.Header) (time.Time, bool) {
	values := h["Date"]
	if len(values) != 1 || len(values[0]) > 64 {
		return time.Time{}, false
	}
	text := strings.Join(strings.Fields(values[0]), " ")
	if t, err := http.ParseTime(text); err == nil && !t.Before(earliest) {
		return t, true
	}
	for _, layout := range dates {
		if t, err := time.Parse(layout, text); err == nil && !t.Before(earliest) {
			return t, true
		}
	}
	return time.Time{}, false
}
