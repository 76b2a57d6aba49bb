// Package totp is the codes of an authenticator app (RFC 6238): SHA-1, six digits, steps
// of 30 seconds, which is what every such app understands.
package totp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"watchroom/internal/problem"
	"watchroom/internal/qr"
	"watchroom/internal/secret"
)

const (
	period = 30 // seconds
	digits = 6
	// around is how many steps a code may be early or late (RFC 6238, 5.2).
	around = 1
	// apart is how far off a clock is still recognised as one that is wrong: ten minutes.
	apart = 10 * 60 / period
)

// Refusals of codes. Their parameter minutes is by how much the clock of the device is off.
var (
	ErrWrong       = problem.New(problem.Invalid, "totp_code_wrong", "This code is not right. Take the one that the app shows now.").On("code")
	ErrClockAhead  = problem.New(problem.Invalid, "totp_clock_ahead", "The code is right for another time: the clock of the device with the app is ahead. Set it to the network's time.").On("code")
	ErrClockBehind = problem.New(problem.Invalid, "totp_clock_behind", "The code is right for another time: the clock of the device with the app is behind. Set it to the network's time.").On("code")
	ErrUsed        = problem.New(problem.Invalid, "totp_code_used", "This code was used already. Wait for the next one.").On("code")
)

// NewSecret makes 160 random bits in base32, as apps take them (RFC 4226, 4 R6).
func NewSecret() secret.Text {
	b := make([]byte, 20)
	rand.Read(b)
	return secret.Text(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// StepOf is the number of the step that t is in.
func StepOf(t time.Time) int64 { return t.Unix() / period }

// Match gives the step of a code: one around now that lies behind after, the last step
// that was taken. Its refusals are ErrWrong and ErrUsed.
func Match(s secret.Text, code string, now time.Time, after int64) (step int64, err error) {
	code, err = clean(code)
	if err != nil {
		return 0, err
	}
	at := StepOf(now)
	for step := at - around; step <= at+around; step++ {
		switch same, err := is(s, code, step); {
		case err != nil:
			return 0, err
		case same && step <= after:
			return 0, ErrUsed
		case same:
			return step, nil
		}
	}
	return 0, ErrWrong
}

// Enrol is Match for the first code of a secret. Where the code belongs to a time up to
// ten minutes away it says by how much the clock of the device is off: without that
// nobody would guess why the right code is refused.
func Enrol(s secret.Text, code string, now time.Time) (step int64, err error) {
	step, err = Match(s, code, now, 0)
	if err == nil {
		return step, nil
	}
	if !errors.Is(err, ErrWrong) {
		return 0, err
	}
	off, is, failed := Off(s, code, now)
	switch {
	case failed != nil:
		return 0, failed
	case !is:
		return 0, err
	case off > 0:
		return 0, ErrClockAhead.With("minutes", Minutes(off))
	}
	return 0, ErrClockBehind.With("minutes", Minutes(off))
}

// Off tells of a code that Match refused how many steps from now it is right, up to ten minutes:
// below 0 the clock of the device is behind.
func Off(s secret.Text, code string, now time.Time) (off int64, found bool, err error) {
	if code, err = clean(code); err != nil {
		return 0, false, nil
	}
	at := StepOf(now)
	for n := int64(around + 1); n <= apart; n++ {
		for _, off := range []int64{n, -n} {
			if same, err := is(s, code, at+off); err != nil || same {
				return off, same, err
			}
		}
	}
	return 0, false, nil
}

// Minutes is how long some steps are, to the next half minute.
func Minutes(off int64) int64 { return max(1, (max(off, -off)*period+30)/60) }

// clean takes the spaces out that apps show and people type.
func clean(code string) (string, error) {
	if len(code) > 64 {
		return "", ErrWrong
	}
	code = strings.NewReplacer(" ", "", "\u00a0", "", "-", "").Replace(code)
	if len(code) != digits || strings.Trim(code, "0123456789") != "" {
		return "", ErrWrong
	}
	return code, nil
}

func is(s secret.Text, code string, step int64) (bool, error) {
	if step < 0 {
		return false, nil
	}
	want, err := Code(s, step)
	return subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1, err
}

// Code is the code of a step.
func Code(s secret.Text, step int64) (string, error) {
	code, err := hotp.GenerateCodeCustom(s.Reveal(), uint64(max(step, 0)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // not negative
	return code, problem.Wrap(err, "compute a code")
}

// URI is what the QR code says to the app: whose key it is, and where.
func URI(s secret.Text, issuer, account string) secret.Text {
	issuer, account = strings.ReplaceAll(issuer, ":", " "), strings.ReplaceAll(account, ":", " ")
	q := fmt.Sprintf("secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d", s.Reveal(), strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20"), digits, period)
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account, RawQuery: q}
	return secret.Text(u.String())
}

// Picture is a QR code as the path of an SVG, in units of its modules.
type Picture struct {
	Size int         // modules a side, with the quiet zone of four around
	Path secret.Text // the dark modules
}

// Draw makes the QR code of a text (ISO/IEC 18004).
func Draw(t secret.Text) (Picture, error) {
	code, err := qr.Draw(t.Reveal())
	return Picture{Size: code.Size, Path: secret.Text(code.Path())}, err
}
