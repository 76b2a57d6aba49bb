package reference

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/clock/sntp"
)

func server(address string, offset, delay time.Duration) Server {
	return Server{Address: address, Answer: &sntp.Answer{Offset: offset, Delay: delay, Stratum: 2}}
}

func TestWhatTheSourcesSay(t *testing.T) {
	silent := Server{Address: "c", Err: errors.New("no answer")}
	good, bad := &Reading{Synchronised: true, MaxError: 20 * time.Millisecond}, &Reading{}
	for name, c := range map[string]struct {
		kernel  *Reading
		servers []Server
		want    Sync
		reason  Reason
		source  string
		offset  time.Duration
	}{
		"nothing tells":                   {nil, nil, Unknown, ReasonNothing, "", 0},
		"the kernel is content":           {good, nil, Synchronised, "", KernelSource, 0},
		"the kernel is not":               {bad, nil, Unsynchronised, ReasonKernel, "", 0},
		"no server answers":               {nil, []Server{silent}, Unknown, ReasonSilent, "", 0},
		"no server answers, the kernel":   {bad, []Server{silent}, Unsynchronised, ReasonKernel, "", 0},
		"a server agrees with the kernel": {good, []Server{server("a", 30*time.Millisecond, 0)}, Synchronised, "", "a", 30 * time.Millisecond},
		"a server knows better":           {bad, []Server{server("a", 30*time.Millisecond, 0)}, Synchronised, "", "a", 30 * time.Millisecond},
		"two do not agree":                {good, []Server{server("a", 7*time.Second, 0)}, Unsynchronised, ReasonDisagree, KernelSource, 0},
		"two servers agree against it":    {good, []Server{server("a", 7*time.Second, time.Second), server("b", 7200*time.Millisecond, 0)}, Unsynchronised, ReasonFar, "b", 7200 * time.Millisecond},
		"one of three is wrong":           {nil, []Server{server("a", time.Hour, 0), server("b", -time.Second, time.Millisecond), server("d", -1010*time.Millisecond, 0)}, Synchronised, "", "d", -1010 * time.Millisecond},
		"every one says another time":     {nil, []Server{server("a", time.Hour, 0), server("b", 0, 0), server("d", -time.Hour, 0)}, Unsynchronised, ReasonDisagree, "b", 0},
		"the most precise is taken":       {nil, []Server{server("a", 80*time.Millisecond, 100*time.Millisecond), server("b", 20*time.Millisecond, 4*time.Millisecond), silent}, Synchronised, "", "b", 20 * time.Millisecond},
		"one that admits to be lost":      {nil, []Server{server("a", time.Hour, 4*time.Hour), server("b", 0, 0)}, Unsynchronised, ReasonDisagree, "b", 0},
		"too far":                         {nil, []Server{server("a", -6*time.Second, 0)}, Unsynchronised, ReasonFar, "a", -6 * time.Second},
		"off, but not too far":            {nil, []Server{server("a", 4*time.Second, 0)}, Synchronised, "", "a", 4 * time.Second},
	} {
		s := judge(c.kernel, c.servers, Limits{}.orDefault())
		offset := time.Duration(0)
		if s.Offset != nil {
			offset = *s.Offset
		}
		if s.Sync != c.want || s.Reason != c.reason || s.Source != c.source || offset != c.offset || (s.Offset == nil) != (c.source == "") {
			t.Errorf("%s: %s %s, source %q, offset %v", name, s.Sync, s.Reason, s.Source, offset)
		}
	}
}

func TestLevelsDoNotFlutter(t *testing.T) {
	var l Limits
	was := Right
	for i, c := range []struct {
		offset, err time.Duration
		want        Level
	}{
		{900 * time.Millisecond, 0, Right},
		{-time.Second, 0, Warning},
		{850 * time.Millisecond, 0, Warning}, // a fifth below is needed
		{790 * time.Millisecond, 0, Right},
		{1900 * time.Millisecond, time.Second, Right}, // it may be wrong by as much
		{-5 * time.Second, 0, Alarm},
		{4100 * time.Millisecond, 0, Alarm},
		{3 * time.Second, 0, Warning},
		{0, 0, Right},
	} {
		if was = l.Level(c.offset, c.err, was); was != c.want {
			t.Errorf("%d: %v is %d, want %d", i, c.offset, was, c.want)
		}
	}
}

func TestKernelsWords(t *testing.T) {
	x := &unix.Timex{Offset: -1500, Esterror: 12, Maxerror: 16000}
	want := Reading{Synchronised: true, Offset: 1500 * time.Microsecond, EstError: 12 * time.Microsecond, MaxError: 16 * time.Millisecond}
	if got := readingOf(0, x); got != want {
		t.Errorf("%+v", got)
	}
	x.Status |= staNano
	if got := readingOf(0, x); got.Offset != 1500 {
		t.Errorf("nanoseconds: %v", got.Offset)
	}
	if readingOf(5, x).Synchronised {
		t.Error("TIME_ERROR counts as synchronised")
	}
	x.Status |= staUnsync
	if readingOf(0, x).Synchronised {
		t.Error("STA_UNSYNC counts as synchronised")
	}
	// Whatever this machine says, asking must not set anything, and errs are bounded.
	if r, err := Kernel(); err == nil && (r.MaxError < 0 || r.EstError < 0) {
		t.Errorf("%+v", r)
	}
}
