package survey

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"watchroom/evidence/tlog"
)

// Open reads a signed checkpoint of a log byte by byte: a reader of notes passes over bits
// that mean nothing and over signatures of keys that it does not know.
func Open(signed []byte, log tlog.Key, witnesses ...tlog.Key) (c tlog.Checkpoint, err error) {
	if _, err = Plain(signed); err != nil {
		return c, err
	}
	c, sigs, err := tlog.Open(signed, append([]tlog.Key{log}, witnesses...)...)
	switch {
	case err != nil:
	case c.Origin != log.Name():
		err = fmt.Errorf("it is of another log, %q", c.Origin)
	case sigs[0].Name != log.Name():
		err = errors.New("the log has not signed it")
	default:
		err = named(signed, witnesses)
	}
	return c, err
}

// named tells of a cosignature that a witness made and that bears another name, or another
// hash, than its key: a reader passes over it.
func named(signed []byte, witnesses []tlog.Key) error {
	text, lines, err := tlog.SplitNote(signed)
	if err != nil {
		return err
	}
	for line := range strings.Lines(lines) {
		name, hash, sig, ok := Signature(line)
		if !ok || slices.ContainsFunc(witnesses, func(w tlog.Key) bool { return w.Name() == name && w.KeyHash() == hash }) {
			continue
		}
		for _, w := range witnesses {
			if w.KeyHash() == hash || w.Verify([]byte(text), sig) {
				return fmt.Errorf("the cosignature of %s bears another name", w.Name())
			}
		}
	}
	return nil
}

// Signature reads a line of a signed note: whose it is, by name and hash of its key, and the
// signature.
func Signature(line string) (name string, hash uint32, sig []byte, ok bool) {
	name, sum, _ := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "— "), " ")
	b, err := base64.StdEncoding.DecodeString(sum)
	if err != nil || len(b) < 5 {
		return "", 0, nil, false
	}
	return name, binary.BigEndian.Uint32(b), b[4:], true
}

// Claimed reads a checkpoint that nobody has verified.
func Claimed(signed []byte) (tlog.Checkpoint, bool) {
	text, _, err := tlog.SplitNote(signed)
	if err != nil {
		return tlog.Checkpoint{}, false
	}
	c, err := tlog.ParseCheckpoint(text)
	return c, err == nil
}

// MostCosignatures bounds those of one checkpoint.
const MostCosignatures = 64

// Cosignatures reads the number behind the name of a cosigned checkpoint, such as
// checkpoint.w2; 0 is no such name.
func Cosignatures(name string) int {
	number, is := strings.CutPrefix(name, "checkpoint.w")
	n, err := strconv.Atoi(number)
	if !is || err != nil || n < 1 || n > MostCosignatures {
		return 0
	}
	return n
}

// Plain reads a signed checkpoint that is written as it must be and names its origin again
// with its signature. Nothing is verified.
func Plain(signed []byte) (c tlog.Checkpoint, err error) {
	text, lines, err := tlog.SplitNote(signed)
	if err != nil {
		return c, err
	}
	if c, err = tlog.ParseCheckpoint(text); err != nil {
		return c, err
	}
	own := false
	for line := range strings.Lines(lines) {
		name, sum, ok := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "— "), " ")
		sig, err := base64.StdEncoding.DecodeString(sum)
		if !ok || err != nil || len(sig) < 5 || line != "— "+name+" "+base64.StdEncoding.EncodeToString(sig)+"\n" {
			return c, errors.New("malformed signature")
		}
		own = own || name == c.Origin
	}
	if !own || c.Extension != "" {
		return c, errors.New("it is not signed under the name of its log")
	}
	return c, nil
}

// Cosigned gives a checkpoint with the cosignatures that stand below damaged bytes of it, each
// under the name of its key; ok is false where one is no witness's.
func Cosigned(checkpoint, damaged []byte, witnesses []tlog.Key) (signed []byte, ok bool) {
	text, _, err := tlog.SplitNote(checkpoint)
	_, lines, wrong := tlog.SplitNote(damaged)
	if err != nil || wrong != nil {
		return nil, false
	}
	signed, n := slices.Clone(checkpoint), 0
	for line := range strings.Lines(lines) {
		_, _, sig, _ := Signature(line)
		i := slices.IndexFunc(witnesses, func(w tlog.Key) bool { return w.Verify([]byte(text), sig) })
		if i < 0 {
			continue
		}
		sum := append(binary.BigEndian.AppendUint32(nil, witnesses[i].KeyHash()), sig...)
		signed = fmt.Appendf(signed, "— %s %s\n", witnesses[i].Name(), base64.StdEncoding.EncodeToString(sum))
		n++
	}
	return signed, n > 0 && n == strings.Count(lines, "\n")-1
}
