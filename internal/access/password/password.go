// Package password says which passwords are too weak, and hashes those that are not:
// argon2id, a few at a time.
package password

import (
	"context"
	"crypto/rand"
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Least is how many characters a password has at least. It is asked for when one is
// chosen: those that are there stay. One that Make makes has 19.
var Least = rule.Int{Key: "password.least", Default: 10, Least: 8, Most: 19, Unit: "characters", Guard: rule.Lower, Clauses: []string{"C113"}}

// Parameters gives what an institution sets of passwords. That common ones are refused,
// and how they are hashed, is not for it to set.
func Parameters() []rule.Parameter { return []rule.Parameter{Least} }

const (
	passwordMost = 1024 // bytes
	AtOnce       = 2    // each takes 19 MiB and a core for a moment
)

// ErrPasswordTooWeak has the parameters reason (too_short, too_long, username,
// common, simple, habit) and least.
var ErrPasswordTooWeak = problem.New(problem.Invalid, "password_too_weak",
	"This password is too easy to guess. Take a longer one that nobody would try.")

//go:embed common.txt
var commonPasswords string

// Check refuses what an attacker tries first, and what is shorter than rules say.
func Check(password secret.Text, username string, rules *rule.Set) error {
	least := Least.Get(rules)
	weak := func(reason string) error {
		return ErrPasswordTooWeak.With("reason", reason).With("least", least).On("password")
	}
	p := text.Key(password.Reveal())
	switch {
	case len(password) > passwordMost:
		return weak("too_long")
	case utf8.RuneCountInString(p) < least:
		return weak("too_short")
	case isName(p, text.Key(username)):
		return weak("username")
	case common(p):
		return weak("common")
	case simple(p):
		return weak("simple")
	case habitual(p):
		return weak("habit")
	}
	return nil
}

// isName holds for the name alone and for the name with digits or marks around it.
func isName(p, name string) bool {
	before, after, found := strings.Cut(p, name)
	return name != "" && found && strings.Trim(before+after, "0123456789.!_-") == ""
}

// simple holds for fewer than four different characters and for runs such as
// 2345678901 or zyxwvutsrq.
func simple(p string) bool {
	different := map[rune]bool{}
	up, down := true, true
	var last rune
	for i, r := range p {
		different[r] = true
		if i > 0 {
			up = up && (r == last+1 || last == '9' && r == '0')
			down = down && (r == last-1 || last == '0' && r == '9')
		}
		last = r
	}
	return len(different) < 4 || up || down
}

// Hasher hashes passwords, a few at a time.
type Hasher struct {
	params *argon2id.Params
	slots  chan struct{}
	dummy  string // the hash of nobody's password, so that unknown names take as long
}

// NewHasher makes a hasher; params nil means those that OWASP recommends.
func NewHasher(params *argon2id.Params) (*Hasher, error) {
	if params == nil { // OWASP's choice for little memory
		params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	}
	h := &Hasher{params: params, slots: make(chan struct{}, AtOnce)}
	var err error
	h.dummy, err = h.Hash(context.Background(), secret.Text(rand.Text()))
	return h, err
}

// Hash waits for its turn.
func (h *Hasher) Hash(ctx context.Context, password secret.Text) (string, error) {
	if err := h.Enter(ctx); err != nil {
		return "", err
	}
	defer h.Leave()
	return argon2id.CreateHash(norm.NFC.String(password.Reveal()), h.params)
}

// Matches takes as long for an empty hash, which nothing matches.
func (h *Hasher) Matches(ctx context.Context, password secret.Text, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	if len(password) > passwordMost {
		return false, nil // no account has such a one, so this tells nothing
	}
	if err := h.Enter(ctx); err != nil {
		return false, err
	}
	defer h.Leave()
	same, err := argon2id.ComparePasswordAndHash(norm.NFC.String(password.Reveal()), hash)
	return same && known, err
}

// Enter waits for one of AtOnce turns, or until ctx ends.
func (h *Hasher) Enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Leave gives a turn back.
func (h *Hasher) Leave() { <-h.slots }

// Make makes 80 random bits in four groups that can be read out.
func Make() secret.Text {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	b := make([]byte, 16)
	rand.Read(b)
	var s strings.Builder
	for i, x := range b {
		if i > 0 && i%4 == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(alphabet[x&31])
	}
	return secret.Text(s.String())
}
