package card

import (
	"slices"
	"strings"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Lengths of a PIN.
const (
	LeastPIN = 6
	MostPIN  = 12
)

// ErrPIN refuses a PIN that others would try first. Parameters: least, most, and reason: length,
// digits, repeats, run, date, card or common.
var ErrPIN = problem.New(problem.Invalid, "card_pin_weak", "This PIN is too easy to guess. Take another one of 6 to 12 digits.").On("pin")

// commonPINs are what people take who must take something, beside what the rules below find.
var commonPINs = []string{"112233", "223344", "332211", "123321", "147258", "258369", "147369", "159357", "159753", "789456", "456123", "852456",
	"520131", "521131", "5201314", "1314520", "131420", "110119", "119120", "110120", "1008611", "123580", "147258369"}

// checkPIN refuses a PIN that is guessed first: by who saw the card, or knows its owner's age, or
// knows what people take.
func checkPIN(pin secret.Text, number string) error {
	p := pin.Reveal()
	weak := func(reason string) error {
		return ErrPIN.With("reason", reason).With("least", LeastPIN).With("most", MostPIN)
	}
	switch {
	case strings.Trim(p, "0123456789") != "":
		return weak("digits")
	case len(p) < LeastPIN || len(p) > MostPIN:
		return weak("length")
	case repeats(p):
		return weak("repeats")
	case runs(p):
		return weak("run")
	case ofCard(p, number):
		return weak("card")
	case dated(p):
		return weak("date")
	case slices.Contains(commonPINs, p):
		return weak("common")
	}
	return nil
}

// repeats holds for fewer than three different digits, and for the same again and again.
func repeats(p string) bool {
	different := map[byte]bool{}
	for i := range len(p) {
		different[p[i]] = true
	}
	for n := 1; n <= len(p)/2; n++ {
		if strings.HasPrefix(strings.Repeat(p[:n], len(p)/n+1), p) {
			return true
		}
	}
	return len(different) < 3
}

// runs holds for digits that count up or down by the same, also over 9 and 0.
func runs(p string) bool {
	step := func(i int) int { return (int(p[i]) - int(p[i-1]) + 10) % 10 }
	for i := 2; i < len(p); i++ {
		if step(i) != step(1) {
			return false
		}
	}
	return true
}

// ofCard holds for digits that stand on the card, forwards or backwards.
func ofCard(p, number string) bool {
	back := []byte(p)
	slices.Reverse(back)
	return strings.Contains(number, p) || strings.Contains(number, string(back)) || strings.Contains(p, number)
}

// dated holds for what reads as a day of somebody's life: a year of 1940 to 2039 at either end, or
// six digits that are a day in one of the usual orders.
func dated(p string) bool {
	year := func(y string) bool { return y >= "1940" && y <= "2039" }
	if year(p[:4]) || year(p[len(p)-4:]) {
		return true
	}
	month := func(m string) bool { return m >= "01" && m <= "12" }
	day := func(d string) bool { return d >= "01" && d <= "31" }
	if len(p) != 6 {
		return false
	}
	a, b, c := p[:2], p[2:4], p[4:]
	return month(b) && (day(c) || day(a)) || month(a) && day(b)
}
