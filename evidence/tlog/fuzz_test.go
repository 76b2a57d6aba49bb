package tlog_test

import (
	"bytes"
	"testing"

	"watchroom/evidence/tlog"
)

// untouched fails when a parser changed its input.
func untouched(t *testing.T, data []byte, f func()) {
	t.Helper()
	before := bytes.Clone(data)
	f()
	if !bytes.Equal(before, data) {
		t.Error("the input was changed")
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add([]byte("o\n1\n" + root64 + "\n"))
	f.Add([]byte("o\n1152921504606846976\n" + root64 + "\nx\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := tlog.ParseCheckpoint(string(data)); err == nil && c.Text() != string(data) {
			t.Errorf("%q becomes %q", data, c.Text())
		}
	})
}

func FuzzParseKey(f *testing.F) {
	_, k := logKey(f, "log.example/a", 'a')
	f.Add(k.String())
	f.Add(mldsaKey)
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := tlog.ParseKey(s); err == nil && k.String() != s {
			t.Errorf("%q becomes %q", s, k)
		}
	})
}

func FuzzParsePolicyAndCheck(f *testing.F) {
	c := players(f)
	signed := sign(f, tlog.Checkpoint{Origin: "log.example/a", Root: tlog.EmptyRoot()}.Text(), c.log, c.x1, c.y1)
	f.Add([]byte(c.text()), signed)
	f.Fuzz(func(t *testing.T, policy, signed []byte) {
		untouched(t, policy, func() {
			p, err := tlog.ParsePolicy(policy)
			if err != nil {
				return
			}
			untouched(t, signed, func() {
				if v, err := p.Check(signed); err == nil && v.Log == (tlog.Key{}) {
					t.Error("a verdict without a log")
				}
			})
		})
	})
}

func FuzzParseProof(f *testing.F) {
	c := players(f)
	p := tlog.Proof{Index: 3, Extra: []byte("x"), Path: []tlog.Hash{tlog.EmptyRoot()},
		Checkpoint: sign(f, tlog.Checkpoint{Origin: "log.example/a", Size: 4}.Text(), c.log)}
	f.Add(p.Text())
	policy, err := tlog.ParsePolicy([]byte(c.text()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		untouched(t, data, func() {
			p, err := tlog.ParseProof(data)
			if err != nil {
				return
			}
			if !bytes.Equal(p.Text(), data) {
				t.Errorf("%q becomes %q", data, p.Text())
			}
			if _, err := p.Verify(policy, []byte("x")); err == nil {
				t.Error("a proof out of nothing")
			}
		})
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add(tlog.AppendEntry(tlog.AppendEntry(nil, []byte("a")), nil), 2)
	f.Add([]byte{0, 1}, 1)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		untouched(t, data, func() {
			entries, err := tlog.ParseBundle(data, n)
			if err != nil {
				return
			}
			var again []byte
			for _, e := range entries {
				again = tlog.AppendEntry(again, e)
			}
			if len(entries) != n || !bytes.Equal(again, data) {
				t.Errorf("%d of %d entries", len(entries), n)
			}
		})
	})
}

func FuzzParseTile(f *testing.F) {
	f.Add(make([]byte, 64), 2)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		if hashes, err := tlog.ParseTile(data, n); err == nil && len(hashes)*32 != len(data) {
			t.Errorf("%d hashes of %d bytes", len(hashes), len(data))
		}
	})
}

func FuzzParseContinuation(f *testing.F) {
	old, oldKey := logKey(f, "room/1", 'o')
	fresh, freshKey := logKey(f, "room/2", 'n')
	f.Add(sign(f, tlog.Continuation{Origin: "room/1", Cause: "rolled_back", Key: freshKey}.Text(), old, fresh))
	f.Add(sign(f, tlog.Continuation{Origin: "room/1", Cause: "rolled_back", Key: freshKey, Commitment: tlog.EntryHash(nil)}.Text(), old, fresh))
	f.Fuzz(func(t *testing.T, data []byte) {
		untouched(t, data, func() {
			if c, _, err := tlog.ParseContinuation(data, oldKey); err == nil {
				if text, _, err := tlog.SplitNote(data); err != nil || c.Text() != text {
					t.Errorf("%q becomes %q, %v", data, c.Text(), err)
				}
			}
		})
	})
}
