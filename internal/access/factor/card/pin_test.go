package card

import (
	"testing"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
)

// TestWeakPINs: what is guessed first is refused, with why.
func TestWeakPINs(t *testing.T) {
	clause.Covers(t, "C113")
	const card = "0004719283"
	for pin, why := range map[string]string{
		"80413": "length", "8041379265013": "length", "": "length", "80413x": "digits", "８０４１３７": "digits", "80 413": "digits",
		"000000": "repeats", "121212": "repeats", "123123": "repeats", "40774077": "repeats", "112211": "repeats", "7007007": "repeats",
		"123456": "run", "987654": "run", "890123": "run", "210987": "run", "135791": "run",
		"471928": "card", "829174": "card", "719283": "card",
		"198804": "date", "041988": "date", "880415": "date", "150488": "date", "041588": "date", "19880415": "date", "20051231": "date", "07902001": "date",
		"147258": "common", "5201314": "common", "123321": "common",
		"804137": "", "73958206": "", "406817293506": "", "993871": "",
	} {
		err := checkPIN(secret.Text(pin), card)
		if got, _ := problem.Of(err).Params["reason"].(string); (err != nil) != (why != "") || err != nil && got != why {
			t.Errorf("%s: %q, want %q", pin, got, why)
		}
	}
}

// TestNumbers: however a reader writes it, and through whatever input method, it is one number.
func TestNumbers(t *testing.T) {
	for typed, want := range map[string]string{
		"0004719283": "0004719283", "0004719283\r\n": "0004719283", "\n0004719283\n": "0004719283", "０００４７１９２８３": "0004719283",
		"04:a2:b7:1f": "04A2B71F", "04-A2-B7-1F ": "04A2B71F", "1234": "1234", "00112233445566778899aabbccddeeff": "00112233445566778899AABBCCDDEEFF",
		"123": "", "": "", "00112233445566778899aabbccddeeff0": "", "0004719283g": "", ";0004719283?": "", "员工卡": "", "0004719283\x00": "",
	} {
		got, err := number(secret.Text(typed))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for n, want := range map[string]string{"0004719283": "9283", "12345678": "5678", "1234567": "", "1234": ""} {
		if got := tail(n); got != want {
			t.Errorf("of %s is told %q", n, got)
		}
	}
}
