package sntp

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/timeserver"
)

// serve answers every question with what answer makes of it.
func serve(t *testing.T, answer func(question []byte) [][]byte) string {
	t.Helper()
	address, stop, err := timeserver.Serve(answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return address
}

func TestOffsetOfOurClock(t *testing.T) {
	leak.Check(t)
	truth := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	address := serve(t, func(q []byte) [][]byte {
		if len(q) != size || q[0] != version<<3|modeClient || bytes.Equal(q[40:], make([]byte, 8)) {
			t.Errorf("the question % x", q)
		}
		foreign := timeserver.Reply(make([]byte, size), truth.Add(time.Hour))
		return [][]byte{[]byte("noise"), foreign, timeserver.Reply(q, truth)}
	})
	for _, wrong := range []time.Duration{0, 90 * time.Second, -time.Hour, 24 * 365 * time.Hour} {
		a, err := Query(t.Context(), address, func() time.Time { return truth.Add(wrong) })
		if err != nil {
			t.Fatal(err)
		}
		// On the way to a process of its own machine nothing takes longer than it says.
		if miss := (a.Offset - wrong).Abs(); miss > a.Delay/2+time.Microsecond || a.Stratum != 2 || a.Error != 500*time.Millisecond {
			t.Errorf("ahead by %v: %+v", wrong, a)
		}
	}
}

func TestServersWithoutTime(t *testing.T) {
	leak.Check(t)
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		spoil func(b []byte)
		want  error
	}{
		"refuses":          {func(b []byte) { b[1] = 0; copy(b[12:], "RATE") }, ErrRefused},
		"leap unknown":     {func(b []byte) { b[0] |= leapUnknown << 6 }, ErrUnsynchronised},
		"too far away":     {func(b []byte) { b[1] = 16 }, ErrUnsynchronised},
		"has no time":      {func(b []byte) { clear(b[40:]) }, ErrUnsynchronised},
		"is not a server":  {func(b []byte) { b[0] = version<<3 | modeClient }, context.DeadlineExceeded},
		"does not know us": {func(b []byte) { b[24]++ }, context.DeadlineExceeded},
	} {
		address := serve(t, func(q []byte) [][]byte {
			b := timeserver.Reply(q, now)
			c.spoil(b)
			return [][]byte{b}
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		if errors.Is(c.want, context.DeadlineExceeded) {
			// It would wait as long as it may: the test ends that once it has seen the answer.
			time.AfterFunc(50*time.Millisecond, func() { cancel(context.DeadlineExceeded) })
		}
		if a, err := Query(ctx, address, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		cancel(nil)
	}
}

func TestInstantsBehind2036(t *testing.T) {
	var b [8]byte
	for _, want := range []time.Time{time.Date(1999, 1, 1, 0, 0, 0, 5e8, time.UTC), time.Date(2036, 2, 7, 6, 28, 15, 0, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 17, 25e7, time.UTC), time.Date(2060, 6, 1, 0, 0, 0, 0, time.UTC)} {
		timeserver.Stamp(b[:], want)
		if got := instant(b[:]); got.Sub(want).Abs() > time.Nanosecond {
			t.Errorf("%v was read as %v", want, got)
		}
	}
}

// FuzzAnswer: whatever comes is refused or gives a measurement that makes sense.
func FuzzAnswer(f *testing.F) {
	sent := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	q := make([]byte, size)
	q[40] = 7
	f.Add(timeserver.Reply(q, sent), int64(1000))
	f.Add([]byte{}, int64(0))
	f.Fuzz(func(t *testing.T, b []byte, took int64) {
		took &= math.MaxInt32
		was := bytes.Clone(b)
		a, err := read(b, [8]byte(q[40:]), sent, time.Duration(took))
		if !bytes.Equal(b, was) {
			t.Fatal("the answer was changed")
		}
		if err == nil && (a.Delay < 0 || a.Delay > time.Duration(took) || a.Error < 0 || a.Stratum < 1 || a.Stratum > maxStratum) {
			t.Fatalf("%+v", a)
		}
	})
}
