package tlog_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
)

type cast struct {
	log                        note.Signer
	logKey                     tlog.Key
	x1, x2, x3, y1, y2, nobody *tlog.Cosigner
}

func players(t testing.TB) cast {
	c := cast{}
	c.log, c.logKey = logKey(t, "log.example/a", 'a')
	c.x1, c.x2, c.x3 = witness(t, "x1.example", '1', 100), witness(t, "x2.example", '2', 200), witness(t, "x3.example", '3', 300)
	c.y1, c.y2, c.nobody = witness(t, "y1.example", '4', 400), witness(t, "y2.example", '5', 500), witness(t, "z.example", '6', 600)
	return c
}

// text is the example of C2SP tlog-policy.
func (c cast) text() string {
	return fmt.Sprintf(`# whom we believe: 相信谁
log %s https://log.example/

witness X1 %s
	witness  X2	%s https://x2.example/
witness X3 %s
group X-witnesses 2 X1 X2 X3

witness Y1 %s
witness Y2 %s
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`, c.logKey, c.x1.Key(), c.x2.Key(), c.x3.Key(), c.y1.Key(), c.y2.Key())
}

func TestPolicyQuorum(t *testing.T) {
	c := players(t)
	p, err := tlog.ParsePolicy([]byte(c.text()))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Logs) != 1 || p.Logs[0].URL != "https://log.example/" || len(p.Witnesses) != 5 || p.Witnesses[1].URL != "https://x2.example/" {
		t.Errorf("%+v", p)
	}
	text := tlog.Checkpoint{Origin: "log.example/a", Size: 1, Root: tlog.EntryHash(nil)}.Text()
	for _, s := range []struct {
		by       []note.Signer
		cosigned string
		quorum   bool
	}{
		{nil, "", false},
		{[]note.Signer{c.x1, c.x2}, "X1 X2", false},
		{[]note.Signer{c.y1}, "Y1", false},
		{[]note.Signer{c.x1, c.y1, c.y2}, "X1 Y1 Y2", false},
		{[]note.Signer{c.y2, c.x3, c.x1}, "X1 X3 Y2", true},
		{[]note.Signer{c.nobody, c.x1, c.x2, c.x3, c.y1, c.y2}, "X1 X2 X3 Y1 Y2", true},
	} {
		v, err := p.Check(sign(t, text, append(s.by, c.log)...))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, w := range v.Cosigned {
			names = append(names, w.Witness)
			if w.Witness == "X2" && w.At != 200 {
				t.Errorf("X2 cosigned at %d", w.At)
			}
		}
		if got := strings.Join(names, " "); got != s.cosigned || v.Quorum != s.quorum || v.Log != c.logKey || v.Known != 5 {
			t.Errorf("%s: quorum %v, log %v, want %s: %v", got, v.Quorum, v.Log, s.cosigned, s.quorum)
		}
	}
}

func TestPolicyCheckRefuses(t *testing.T) {
	c := players(t)
	p, err := tlog.ParsePolicy([]byte(c.text()))
	if err != nil {
		t.Fatal(err)
	}
	at := func(origin string) string { return tlog.Checkpoint{Origin: origin, Root: tlog.EmptyRoot()}.Text() }
	stranger, _ := logKey(t, "log.example/a", 'f')
	good := string(sign(t, at("log.example/a"), c.log, c.x1))
	i := strings.Index(good, "x1.example ") + 30
	for name, signed := range map[string][]byte{
		"no signature":          []byte(at("log.example/a")),
		"another origin":        sign(t, at("log.example/b"), c.log),
		"another key":           sign(t, at("log.example/a"), stranger),
		"witnesses only":        sign(t, at("log.example/a"), c.x1, c.x2, c.y1),
		"a cosignature altered": []byte(good[:i] + flip(good[i]) + good[i+1:]),
		"no checkpoint":         sign(t, "log.example/a\n", c.log),
	} {
		if v, err := p.Check(signed); err == nil {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestPolicyOfOneWitnessAndOfNone(t *testing.T) {
	c := players(t)
	text := tlog.Checkpoint{Origin: "log.example/a", Root: tlog.EmptyRoot()}.Text()
	for policy, want := range map[string][2]bool{ // quorum without and with W
		"quorum none\n": {true, true},
		fmt.Sprintf("witness W %s\nquorum W\n", c.x1.Key()): {false, true},
		// No code here can verify ML-DSA-44, so such a witness never counts.
		fmt.Sprintf("witness W %s\nwitness M %s\ngroup g any W M\nquorum g\n", c.x1.Key(), mldsaKey):  {false, true},
		fmt.Sprintf("witness W %s\nwitness M %s\ngroup g all W M\n quorum g\n", c.x1.Key(), mldsaKey): {false, false},
	} {
		p, err := tlog.ParsePolicy([]byte("log " + c.logKey.String() + "\n" + policy))
		if err != nil {
			t.Fatal(err)
		}
		for i, by := range [][]note.Signer{{c.log}, {c.log, c.x1}} {
			if v, err := p.Check(sign(t, text, by...)); err != nil || v.Quorum != want[i] {
				t.Errorf("%s: %+v, %v", policy, v, err)
			}
		}
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	c := players(t)
	x1 := "witness X1 " + c.x1.Key().String() + "\n"
	for text, want := range map[string]string{
		"":                                       "no quorum",
		"# nothing\n":                            "no quorum",
		"quorum none":                            "file whole",
		"quorum none\nquorum none\n":             "line 2: a second quorum",
		"quorum\n":                               "want: quorum",
		"quorum X\n":                             `line 1: quorum: "X" is defined on no line before`,
		"quorum X1\n" + x1:                       "line 1",
		"Quorum none\n":                          "neither log",
		"log\nquorum none\n":                     "want: log",
		"log x y z\nquorum none\n":               "want: log",
		"log x\nquorum none\n":                   "malformed verifier key",
		"log " + c.x1.Key().String():             "file whole",
		"witness X1\n":                           "want: witness",
		x1 + x1:                                  "line 2: key x1.example: the same key",
		"witness none " + x1[11:]:                "taken",
		x1 + "group X1 any X1\n":                 "taken",
		x1 + "group g any\n":                     "want: group",
		x1 + "group g 0 X1\n":                    "from 1 to 1",
		x1 + "group g 2 X1\n":                    "from 1 to 1",
		x1 + "group g 01 X1\n":                   "from 1 to 1",
		x1 + "group g some X1\n":                 "neither all",
		x1 + "group g all X1 X1\n":               "member already",
		x1 + "group g all none\n":                "no line before",
		x1 + "group g all g\n":                   "no line before",
		"quorum none\r\n":                        "control character",
		"quorum none\x00\n":                      "control character",
		"log " + c.x1.Key().String() + "\n":      "a log's is 0x01",
		"witness X1 " + c.logKey.String() + "\n": "a witness's is 0x04",
		"log " + c.logKey.String() + "\nlog " + c.logKey.String() + " https://elsewhere\nquorum none\n": "line 2: key log.example/a: the same key",
		strings.Repeat(" ", 1<<20) + "\n": "larger than",
	} {
		if _, err := tlog.ParsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	names := strings.Builder{}
	for i := range 600 {
		w, err := tlog.NewCosigner("w", fmt.Appendf(nil, "%032d", i), nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&names, "witness w%d %s\n", i, w.Key())
	}
	names.WriteString("quorum none\n")
	if _, err := tlog.ParsePolicy([]byte(names.String())); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("no bound on names: %v", err)
	}
}

func TestGroupsCountEachWitnessOnce(t *testing.T) {
	c := players(t)
	text := "witness X1 " + c.x1.Key().String() + "\ngroup g any X1\ngroup h all X1\nquorum h\n"
	if _, err := tlog.ParsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), "member already") {
		t.Errorf("a witness in two groups: %v", err)
	}
}
