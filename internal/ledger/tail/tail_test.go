package tail

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

func entry(i int) []byte { return fmt.Appendf(nil, "entry %d", i) }

func file(sizes ...int) (data []byte, all [][]byte) {
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
	data, all := file(3, 1, 200)
	c, err := Parse(data)
	if c.Base != 512 || err != nil || c.Whole != len(data) || len(c.Entries) != len(all) {
		t.Fatal(c.Base, len(c.Entries), c.Whole, err)
	}
	for i, e := range c.Entries {
		if !bytes.Equal(e, all[i]) {
			t.Errorf("entry %d: %q", i, e)
		}
	}
}

// Whatever a crash leaves of the last batch is cut off, and no other is.
func TestTornTail(t *testing.T) {
	before, _ := file(3, 5)
	data, _ := file(3, 5, 4)
	for n := len(before); n < len(data); n++ {
		for _, left := range [][]byte{data[:n], append(bytes.Clone(data[:n]), make([]byte, len(data)-n)...)} {
			if bytes.Equal(left, data) {
				continue // the bytes that are missing are zero
			}
			if c, err := Parse(left); len(c.Entries) != 8 || c.Whole != len(before) || err != nil {
				t.Fatalf("%d bytes: %d entries, %d whole, %v", n, len(c.Entries), c.Whole, err)
			}
		}
	}
}

// A changed byte is no torn end unless it is in the last batch, where it cannot be
// told from one: the guard tells.
func TestChangedTail(t *testing.T) {
	data, _ := file(3, 5, 4)
	last, _ := file(3, 5)
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		c, err := Parse(bad)
		entries := c.Entries
		if i < len(last) && !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d: %d entries, %v", i, len(entries), err)
		}
		if i >= len(last) && (err != nil || len(entries) != 8) {
			t.Fatalf("byte %d: %d entries, %v", i, len(entries), err)
		}
	}
}

func FuzzParseTail(f *testing.F) {
	data, _ := file(2, 3)
	f.Add(data)
	f.Add(append(data, 1, 2, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		c, err := Parse(data)
		if !bytes.Equal(before, data) {
			t.Error("the input was changed")
		}
		if c.Whole > len(data) || err == nil && (c.Whole < header || c.Base%256 != 0) {
			t.Errorf("base %d, %d entries, %d of %d bytes, %v", c.Base, len(c.Entries), c.Whole, len(data), err)
		}
	})
}
