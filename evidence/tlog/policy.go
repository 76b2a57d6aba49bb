package tlog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of a policy. The format asks for 32 of each at least.
const (
	maxPolicy = 1 << 20 // bytes
	maxNamed  = 512     // logs, witnesses, groups
)

// Policy says whose signatures are believed (C2SP tlog-policy). It must have come
// another way than what it is to check (R3).
type Policy struct {
	Logs      []LogKey
	Witnesses []Witness
	groups    map[string]group
	quorum    string // name of a witness or group, or "none"
}

// LogKey is a log that is believed.
type LogKey struct {
	Key Key
	URL string // empty if none is given
}

// Witness is one that the policy names.
type Witness struct {
	Name string // inside the policy; the key has a name of its own
	Key  Key
	URL  string
}

type group struct {
	need    int
	members []string
}

const noQuorum = "none"

// ParsePolicy reads a policy file. Its error names the line.
func ParsePolicy(data []byte) (*Policy, error) {
	if len(data) > maxPolicy {
		return nil, fmt.Errorf("policy: larger than %d bytes", maxPolicy)
	}
	text := string(data)
	// A file that lost its end must not become a weaker policy.
	if text != "" && !strings.HasSuffix(text, "\n") {
		return nil, errors.New("policy: the last line does not end with a line feed; is the file whole?")
	}
	p := &policyReader{Policy: Policy{groups: map[string]group{}}, names: map[string]bool{noQuorum: true}, members: map[string]bool{}}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("policy line %d: %w", n, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("policy: there is no quorum line; \"quorum none\" asks for no witness")
	}
	return &p.Policy, nil
}

// Alone tells whether the policy asks for no witness: the log's word is all there is then.
func (p *Policy) Alone() bool { return p.quorum == noQuorum }

type policyReader struct {
	Policy
	names   map[string]bool // of witnesses and groups
	members map[string]bool // names that are in a group
}

func (p *policyReader) line(line string) error {
	for i := range len(line) {
		if c := line[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return fmt.Errorf("control character %#02x", c)
		}
	}
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return nil
	}
	if len(p.Logs)+len(p.names) > maxNamed {
		return fmt.Errorf("more than %d names", maxNamed)
	}
	switch words[0] {
	case "log":
		return p.log(words[1:])
	case "witness":
		return p.witness(words[1:])
	case "group":
		return p.group(words[1:])
	case "quorum":
		switch {
		case len(words) != 2:
			return errors.New("want: quorum NAME")
		case p.quorum != "":
			return errors.New("a second quorum")
		case !p.names[words[1]]:
			return fmt.Errorf("quorum: %q is defined on no line before", words[1])
		}
		p.quorum = words[1]
		return nil
	}
	return fmt.Errorf("%.40q is neither log, witness, group nor quorum", words[0])
}

func (p *policyReader) log(words []string) error {
	if len(words) < 1 || len(words) > 2 {
		return errors.New("want: log VKEY [URL]")
	}
	k, err := ParseKey(words[0])
	if err != nil {
		return err
	}
	if k.kind != TypeEd25519 {
		return fmt.Errorf("key %s is of type %#02x, and a log's is %#02x", k.name, k.kind, TypeEd25519)
	}
	if slices.ContainsFunc(p.Logs, func(l LogKey) bool { return l.Key.public == k.public }) {
		return fmt.Errorf("key %s: the same key stands on an earlier line", k.name)
	}
	p.Logs = append(p.Logs, LogKey{Key: k, URL: strings.Join(words[1:], "")})
	return nil
}

func (p *policyReader) witness(words []string) error {
	if len(words) < 2 || len(words) > 3 {
		return errors.New("want: witness NAME VKEY [URL]")
	}
	k, err := ParseKey(words[1])
	if err != nil {
		return err
	}
	if k.kind == TypeEd25519 {
		return fmt.Errorf("key %s is of type %#02x, and a witness's is %#02x", k.name, k.kind, TypeCosignature)
	}
	if slices.ContainsFunc(p.Witnesses, func(w Witness) bool { return w.Key.public == k.public }) {
		return fmt.Errorf("key %s: the same key stands on an earlier line", k.name)
	}
	if err := p.define(words[0]); err != nil {
		return err
	}
	p.Witnesses = append(p.Witnesses, Witness{Name: words[0], Key: k, URL: strings.Join(words[2:], "")})
	return nil
}

func (p *policyReader) group(words []string) error {
	if len(words) < 3 {
		return errors.New("want: group NAME all|any|NUMBER MEMBER…")
	}
	g := group{members: words[2:]}
	switch words[1] {
	case "all":
		g.need = len(g.members)
	case "any":
		g.need = 1
	default:
		k, err := strconv.Atoi(words[1])
		if err != nil || strconv.Itoa(k) != words[1] || k < 1 || k > len(g.members) {
			return fmt.Errorf("group: %.20q is neither all, any nor a number from 1 to %d", words[1], len(g.members))
		}
		g.need = k
	}
	for _, m := range g.members {
		if m == noQuorum || !p.names[m] {
			return fmt.Errorf("group: %q is defined on no line before", m)
		}
		if p.members[m] { // each witness counts in one way only
			return fmt.Errorf("group: %q is a member already", m)
		}
		p.members[m] = true
	}
	if err := p.define(words[0]); err != nil {
		return err
	}
	p.groups[words[0]] = g
	return nil
}

func (p *policyReader) define(name string) error {
	if p.names[name] {
		return fmt.Errorf("the name %q is taken", name)
	}
	p.names[name] = true
	return nil
}

// Verdict is what a policy makes of a signed checkpoint.
type Verdict struct {
	Checkpoint Checkpoint
	Log        Key           // which signed
	Cosigned   []Cosignature // of witnesses that the policy names, in its order
	Known      int           // witnesses that the policy names
	Quorum     bool          // enough of them have cosigned; true where none is asked for
}

// Cosignature is a witness's word that a tree head follows from all it saw before.
type Cosignature struct {
	Witness string // its name in the policy
	Key     Key
	At      int64 // seconds since 1970 UTC, by the witness's clock
}

// Check verifies a signed checkpoint. Its error says that no log of the policy
// signed it, or that a known signature is wrong; a quorum that is not reached is no
// error but stands in the verdict.
func (p *Policy) Check(signed []byte) (*Verdict, error) {
	text, _, err := SplitNote(signed)
	if err != nil {
		return nil, err
	}
	claimed, err := ParseCheckpoint(text)
	if err != nil {
		return nil, err
	}
	var keys []Key
	for _, l := range p.Logs {
		if l.Key.name == claimed.Origin {
			keys = append(keys, l.Key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("the policy has no log %q", claimed.Origin)
	}
	logs := len(keys)
	for _, w := range p.Witnesses {
		if w.Key.kind == TypeCosignature { // others cannot be verified here and never count
			keys = append(keys, w.Key)
		}
	}
	c, sigs, err := Open(signed, keys...)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Checkpoint: c, Known: len(p.Witnesses)}
	signedBy := map[Key]int64{}
	for _, s := range sigs {
		for i, k := range keys {
			if k.name != s.Name || k.id != s.Hash {
				continue
			}
			if i < logs {
				v.Log = k
				continue
			}
			at, err := CosignedAt(s)
			if err != nil {
				return nil, err
			}
			signedBy[k] = at
		}
	}
	if v.Log == (Key{}) {
		return nil, fmt.Errorf("no signature of the log %s, only of witnesses", c.Origin)
	}
	witnessed := map[string]bool{noQuorum: true}
	for _, w := range p.Witnesses {
		if at, ok := signedBy[w.Key]; ok {
			v.Cosigned = append(v.Cosigned, Cosignature{w.Name, w.Key, at})
			witnessed[w.Name] = true
		}
	}
	v.Quorum = p.reached(p.quorum, witnessed)
	return v, nil
}

// reached tells whether a witness or group has witnessed. A member was defined
// before its group, so this ends.
func (p *Policy) reached(name string, witnessed map[string]bool) bool {
	g, ok := p.groups[name]
	if !ok {
		return witnessed[name]
	}
	n := 0
	for _, m := range g.members {
		if p.reached(m, witnessed) {
			n++
		}
	}
	return n >= g.need
}
