package tlog

import (
	"bytes"
	"errors"
	"testing"
)

func batches(sizes ...int) (data []byte, all [][]byte) {
	data = encodeHeader(512)
	for _, n := range sizes {
		var b [][]byte
		for range n {
			b = append(b, entry(len(all)+len(b)))
		}
		data = append(data, encodeBatch(512+int64(len(all)), b)...)
		all = append(all, b...)
	}
	return data, all
}

func TestTail(t *testing.T) {
	data, all := batches(3, 1, 200)
	base, entries, whole, err := parseTail(data)
	if base != 512 || err != nil || whole != len(data) || len(entries) != len(all) {
		t.Fatal(base, len(entries), whole, err)
	}
	for i, e := range entries {
		if !bytes.Equal(e, all[i]) {
			t.Errorf("entry %d: %q", i, e)
		}
	}
}

// Whatever a crash leaves of the last batch is cut off, and no other is.
func TestTornTail(t *testing.T) {
	before, _ := batches(3, 5)
	data, _ := batches(3, 5, 4)
	for n := len(before); n < len(data); n++ {
		for _, left := range [][]byte{data[:n], append(bytes.Clone(data[:n]), make([]byte, len(data)-n)...)} {
			if bytes.Equal(left, data) {
				continue // the bytes that are missing are zero
			}
			if _, entries, whole, err := parseTail(left); len(entries) != 8 || whole != len(before) || err != nil {
				t.Fatalf("%d bytes: %d entries, %d whole, %v", n, len(entries), whole, err)
			}
		}
	}
}

// A changed byte is no torn end unless it is in the last batch, where it cannot be
// told from one: the guard tells.
func TestChangedTail(t *testing.T) {
	data, _ := batches(3, 5, 4)
	last, _ := batches(3, 5)
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		_, entries, _, err := parseTail(bad)
		if i < len(last) && !errors.Is(err, errDamaged) {
			t.Fatalf("byte %d: %d entries, %v", i, len(entries), err)
		}
		if i >= len(last) && (err != nil || len(entries) != 8) {
			t.Fatalf("byte %d: %d entries, %v", i, len(entries), err)
		}
	}
}

func FuzzParseTail(f *testing.F) {
	data, _ := batches(2, 3)
	f.Add(data)
	f.Add(append(data, 1, 2, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		base, entries, whole, err := parseTail(data)
		if !bytes.Equal(before, data) {
			t.Error("the input was changed")
		}
		if whole > len(data) || err == nil && (whole < tailHeader || base%256 != 0) {
			t.Errorf("base %d, %d entries, %d of %d bytes, %v", base, len(entries), whole, len(data), err)
		}
	})
}
