package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is an amount of memory or disk.
type Bytes int64

type unit struct {
	name string
	size int64
}

func units() []unit {
	return []unit{
		{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
		{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
	}
}

// ParseBytes reads a whole number with a unit of IEC 80000-13 (KiB, MiB, GiB, TiB)
// or of the SI (kB, MB, GB, TB), or of plain bytes (B or nothing).
func ParseBytes(text string) (Bytes, error) {
	number, size := text, int64(1)
	for _, u := range units() {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			number, size = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/size {
		return 0, fmt.Errorf("want an amount such as 64MiB or 2GB, got %s", quote(text))
	}
	return Bytes(n * size), nil
}

// String prints b in the largest unit that leaves a whole number.
func (b Bytes) String() string {
	best := unit{"B", 1}
	for _, u := range units() {
		if b != 0 && int64(b)%u.size == 0 && u.size > best.size {
			best = u
		}
	}
	return strconv.FormatInt(int64(b)/best.size, 10) + best.name
}
