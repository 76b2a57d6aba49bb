package roll

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
)

// KeyMark is the key of an act's detail that tells of a password what Mark makes of its hash.
const KeyMark = "passwordMark"

// kinds of acts that give a person a password, besides kindCreated.
const (
	kindReset   = "person.password_reset"
	kindChanged = "person.password_changed"
)

// Mark is a commitment to a password's hash, empty where there is none: who is shown a row can
// tell whether the act gave it that password. The hash holds a salt of its own, so that
// nobody tries passwords against the mark.
func Mark(hash string) string {
	if hash == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("watchroom password mark v1\n" + hash))
	return hex.EncodeToString(sum[:])
}

// forged tells whether a hash is that of no password that the last of the acts on a person
// tells of, by the log or by the clock. Acts of earlier versions tell nothing of it; an empty
// hash opens nothing, and a directory's accounts have it.
func forged(hash string, acts []*ledger.Logged) bool {
	if hash == "" || len(acts) == 0 {
		return false
	}
	late, last := facts.Last(acts)
	for _, a := range []*ledger.Logged{last, late} {
		var d map[string]json.RawMessage
		if json.Unmarshal([]byte(a.Content.Detail), &d) != nil || d[KeyMark] == nil || string(d[KeyMark]) == `"`+Mark(hash)+`"` {
			return false
		}
	}
	return true
}
