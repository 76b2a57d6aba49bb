package viewing

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"watchroom/internal/problem"
)

// ErrRange says that a Range header names no byte of the file. Parameters: size.
var ErrRange = problem.New(problem.Unsatisfiable, "range_not_satisfiable", "The range that was asked for is none, or lies behind the end of the file.")

// ranged prepares the Range header of a request for http.ServeContent, which would
// answer what it cannot take in plain text: a unit other than bytes is ignored, an
// end beyond all numbers is the end of the file (RFC 9110 14.1.2, 14.2). What names no
// byte is ErrRange.
func ranged(r *http.Request, size int64) error {
	asked := r.Header.Get("Range")
	if asked == "" {
		return nil
	}
	list, ok := strings.CutPrefix(asked, "bytes=")
	if !ok {
		r.Header.Del("Range")
		return nil
	}
	end, some := fmt.Sprint(size-1), false
	var out []string
	for spec := range strings.SplitSeq(list, ",") {
		spec = strings.TrimSpace(spec)
		if spec == "" {
			continue
		}
		first, last, dash := strings.Cut(spec, "-")
		if !dash || !digits(first) || !digits(last) || first == "" && last == "" || first != "" && last != "" && less(last, first) {
			return refused(r, size)
		}
		if first == "" {
			if less(fmt.Sprint(size), last) {
				last = fmt.Sprint(size)
			}
			some = some || !less(last, "1")
		} else {
			if !less(first, fmt.Sprint(size)) { // beyond the end; others of the list may not be
				continue
			}
			if last != "" && less(end, last) {
				last = end
			}
			some = true
		}
		out = append(out, first+"-"+last)
	}
	if !some {
		return refused(r, size)
	}
	r.Header.Set("Range", "bytes="+strings.Join(out, ","))
	return nil
}

// refused is ErrRange, unless the range only holds for a file that this may not be.
func refused(r *http.Request, size int64) error {
	if r.Header.Get("If-Range") != "" {
		r.Header.Del("Range")
		return nil
	}
	return ErrRange.With("size", size)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// less compares decimal numbers of any length.
func less(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) < 0
}
