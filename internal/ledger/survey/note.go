package survey

import (
	"encoding/base64"
	"errors"
	"fmt"
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
	}
	return c, err
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
