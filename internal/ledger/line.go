package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
)

// A line of the journal is the CRC-32C (Castagnoli) of the JSON in eight
// hexadecimal digits, a space, the JSON of one act, and a line feed.

const sumLength = 8

type lineAct struct {
	ID      string         `json:"id"`
	At      int64          `json:"at"`
	Person  string         `json:"person,omitempty"`
	Kind    string         `json:"kind"`
	Subject string         `json:"subject,omitempty"`
	Camera  string         `json:"camera,omitempty"`
	Detail  map[string]any `json:"detail,omitempty"`
	// Salt is here so that an act which a lost database has to take in anew is still the
	// one that the log holds.
	Salt []byte `json:"salt,omitempty"`
}

var errDamaged = errors.New("damaged line")

func sum(data []byte) []byte {
	c := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	return []byte(hex.EncodeToString([]byte{byte(c >> 24), byte(c >> 16), byte(c >> 8), byte(c)}))
}

// encode gives a with its checksum and line feed.
func encode(a Act) ([]byte, error) {
	if _, err := a.row(); err != nil { // what the database would refuse for ever must not get in
		return nil, err
	}
	data, err := json.Marshal(lineAct(a))
	if err != nil {
		return nil, err
	}
	line := append(sum(data), ' ')
	return append(append(line, data...), '\n'), nil
}

// decode reads one line without its line feed.
func decode(line []byte) (Act, error) {
	if len(line) < sumLength+2 || line[sumLength] != ' ' || !bytes.Equal(line[:sumLength], sum(line[sumLength+1:])) {
		return Act{}, errDamaged
	}
	var a lineAct
	if err := json.Unmarshal(line[sumLength+1:], &a); err != nil {
		return Act{}, errDamaged
	}
	if _, err := Act(a).row(); err != nil || a.ID == "" {
		return Act{}, errDamaged
	}
	return Act(a), nil
}

// scan reads at most limit lines (0: all) from the beginning of data. whole is
// the length of them; damaged ones are passed over and counted.
func scan(data []byte, limit int) (acts []Act, whole, damaged int) {
	for limit == 0 || len(acts)+damaged < limit {
		line, _, ended := bytes.Cut(data[whole:], []byte{'\n'})
		if !ended {
			break
		}
		if a, err := decode(line); err == nil {
			acts = append(acts, a)
		} else {
			damaged++
		}
		whole += len(line) + 1
	}
	return acts, whole, damaged
}
