package rule

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var spanForm = regexp.MustCompile(`^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$`)

// ParseSpan reads a duration as people write it: days, hours, minutes and seconds, each
// as a whole number with its letter and in this order, such as "92d", "1h30m" or "90s".
func ParseSpan(text string) (time.Duration, error) {
	m := spanForm.FindStringSubmatch(text)
	if m == nil || text == "" {
		return 0, fmt.Errorf("%q is no duration", text)
	}
	seconds := int64(0)
	for i, of := range []int64{86400, 3600, 60, 1} {
		if m[i+1] != "" {
			n, err := strconv.ParseInt(m[i+1], 10, 64)
			if err != nil {
				return 0, err
			}
			seconds += n * of
		}
	}
	if seconds > math.MaxInt64/int64(time.Second) {
		return 0, fmt.Errorf("%q is too long", text)
	}
	return time.Duration(seconds) * time.Second, nil
}

// Span writes a duration of whole seconds, none below zero, so that ParseSpan reads it:
// the largest units first, and none that is zero.
func Span(d time.Duration) string {
	seconds := int64(d / time.Second)
	var b strings.Builder
	for _, u := range []struct {
		of     int64
		letter byte
	}{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}} {
		if n := seconds / u.of; n > 0 {
			b.WriteString(strconv.FormatInt(n, 10))
			b.WriteByte(u.letter)
			seconds %= u.of
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}
