package totp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// rfcSecret is that of RFC 6238, appendix B, in base32.
const rfcSecret = secret.Text("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

// TestCodesOfTheStandard: the last six digits of RFC 6238, appendix B, SHA-1.
func TestCodesOfTheStandard(t *testing.T) {
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		now := time.Unix(at, 0)
		if got, err := Code(rfcSecret, StepOf(now)); got != want || err != nil {
			t.Errorf("at %d: %s, %v, want %s", at, got, err, want)
		}
		if step, err := Match(rfcSecret, want, now, 0); step != at/30 || err != nil {
			t.Errorf("at %d: step %d, %v", at, step, err)
		}
	}
}

// TestACodeWorksOnceAndOnlyAroundItsTime: whatever the secret and the instant, a code of
// a step is taken within one step of it, never at or before the last one that was taken.
func TestACodeWorksOnceAndOnlyAroundItsTime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, now := NewSecret(), time.Unix(rapid.Int64Range(1_000_000, 4_000_000_000).Draw(rt, "now"), 0)
		off := rapid.Int64Range(-25, 25).Draw(rt, "off")
		last := StepOf(now) + rapid.Int64Range(-4, 4).Draw(rt, "last")
		step := StepOf(now) + off
		code, err := Code(s, step)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := Match(s, code[:3]+" "+code[3:], now, last)
		switch {
		case off < -1 || off > 1:
			if !errors.Is(err, ErrWrong) && !errors.Is(err, ErrUsed) && got == step {
				rt.Fatalf("a code %d steps away is taken", off)
			}
		case step <= last:
			if !errors.Is(err, ErrUsed) {
				rt.Fatalf("a code of a step that was taken: %v", err)
			}
		case err != nil || got != step:
			rt.Fatalf("step %d, %v, want %d", got, err, step)
		}
	})
}

func TestAClockThatIsOffIsNamed(t *testing.T) {
	now := time.Unix(2_000_000_015, 0)
	for minutes, want := range map[int]error{0: nil, 2: ErrClockAhead, 5: ErrClockAhead, 10: ErrClockAhead, 11: ErrWrong, -2: ErrClockBehind, -10: ErrClockBehind, -11: ErrWrong, 60: ErrWrong} {
		code, err := Code(rfcSecret, StepOf(now.Add(time.Duration(minutes)*time.Minute)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Enrol(rfcSecret, code, now)
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%d minutes: %v, want %v", minutes, err, want)
		}
		if want == ErrClockAhead || want == ErrClockBehind {
			if got := fmt.Sprint(problem.Of(err).Params["minutes"]); got != strings.TrimPrefix(fmt.Sprint(minutes), "-") {
				t.Errorf("%d minutes: says %s", minutes, got)
			}
		}
		if _, err := Match(rfcSecret, code, now, 0); want != nil && !errors.Is(err, ErrWrong) {
			t.Errorf("%d minutes, at sign-in: %v", minutes, err)
		}
	}
}

func TestWhatIsNoCode(t *testing.T) {
	for _, code := range []string{"", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5", strings.Repeat("1", 10_000), "-12345", "12345\x00"} {
		if _, err := Match(rfcSecret, code, time.Unix(59, 0), 0); !errors.Is(err, ErrWrong) {
			t.Errorf("%.20q: %v", code, err)
		}
		if _, err := Enrol(rfcSecret, code, time.Unix(59, 0)); !errors.Is(err, ErrWrong) {
			t.Errorf("enrolling with %.20q: %v", code, err)
		}
	}
}

func TestURI(t *testing.T) {
	got := URI("ABC", "北校区: Gate & Co", "zhang:wei").Reveal()
	want := "otpauth://totp/%E5%8C%97%E6%A0%A1%E5%8C%BA%20%20Gate%20&%20Co:zhang%20wei?secret=ABC&issuer=%E5%8C%97%E6%A0%A1%E5%8C%BA%20%20Gate%20&%20Co&algorithm=SHA1&digits=6&period=30"
	if got != strings.Replace(want, "Gate%20&%20Co&algorithm", "Gate%20%26%20Co&algorithm", 1) {
		t.Errorf("%s\nwant %s", got, want)
	}
	if a, b := NewSecret(), NewSecret(); a == b || len(a) != 32 {
		t.Errorf("%d characters, the same twice: %v", len(a), a == b)
	}
}

// TestTheDrawingHasItsQuietZone: the finder pattern begins four modules in, seven wide.
func TestTheDrawingHasItsQuietZone(t *testing.T) {
	p, err := Draw(URI(rfcSecret, "Watchroom", "zhang.wei"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.Path.Reveal(), "M4 4h7v1h-7z") || p.Size < 40 || strings.Trim(p.Path.Reveal(), "Mhvz0123456789 -") != "" {
		t.Errorf("%d: %.60s", p.Size, p.Path.Reveal())
	}
	if _, err := Draw(secret.Text(strings.Repeat("x", 5000))); err == nil {
		t.Error("a text that no QR code holds was drawn")
	}
}
