package tlog

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/reason"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/problem"
)

// ErrReason says that a reason cannot be put into a log.
var ErrReason = problem.New(problem.Invalid, "ledger_reason_invalid",
	"A reason has 1 to 500 characters on one line.").On("body.reason")

// ErrInOrder says that a log which is in good order is not ended: nobody could tell
// whether that was to hide something.
var ErrInOrder = problem.New(problem.Conflict, "ledger_in_order",
	"The transparency log is in good order, so that no other takes its place. Only one that must not be signed any more is continued in a new one.")

// ErrBeside says that the log which others remember is here, and another one lies behind it: to
// continue from this would give up what is there.
var ErrBeside = problem.New(problem.Conflict, "ledger_beside",
	"The transparency log that is remembered lies here, and behind it a folder that is none of it. Take that folder away.")

// Continue ends the log as it is and opens a new one, with a key and origin of its
// own, whose first entry says which log it continues from, how much of that is there,
// how much was signed, and why: the entry commits to the reason, which stays beside the logs
// (package reason) until it is on record as an act. It is the one way out of a refusal, and a decision of
// a person, and there is none for a log in good order, nor where only a folder has to be taken
// away (ErrBeside). Old entries stay in their folder. What was appended to the old log and is
// lost must be appended anew by those who have it.
func (l *Log) Continue(why string) (tlog.Continuation, error) {
	if n := utf8.RuneCountInString(why); !utf8.ValidString(why) || n < 1 || n > 500 || strings.TrimSpace(why) != why ||
		strings.ContainsFunc(why, unicode.IsControl) || strings.ContainsAny(why, "\u2028\u2029") {
		return tlog.Continuation{}, ErrReason
	}
	l.signing.Lock()
	defer l.signing.Unlock()
	mark, err := l.guard.Load()
	if err != nil {
		return tlog.Continuation{}, ErrNotReady.Because(err)
	}
	switch {
	case l.refused():
	case l.isReady():
		return tlog.Continuation{}, ErrInOrder
	default:
		return tlog.Continuation{}, ErrNotReady
	}
	if err := l.beside(); err != nil {
		return tlog.Continuation{}, err
	}
	var c tlog.Continuation
	if !l.step(func() { c, err = l.turnPage(why, mark) }) {
		err = errClosed
	}
	if err != nil {
		return c, ErrNotWritten.Because(err)
	}
	l.mark, l.maybe, l.drawn, l.lost = mark, nil, map[int]edge.File{}, Seen{}
	if err := l.publish(); err != nil { // the log is there, and is signed with a later tick
		l.report(err)
	}
	return c, nil
}

// beside gives ErrBeside where a log is refused since another one is remembered that lies here
// before it. Called with signing held.
func (l *Log) beside() error {
	if l.cur == nil || l.lost.Who == "" || l.lost.Last != nil { // a row's mark anybody can write who has the database
		return nil
	}
	numbers, err := folders.List(l.disk, l.Dir)
	if err != nil {
		return ErrNotReady.Because(err)
	}
	for _, n := range numbers {
		if key, err := folders.Key(l.disk, folders.Of(l.Dir, n)); err == nil && n < l.cur.number && key.Name() == l.lost.origin() {
			return ErrBeside.With("folder", filepath.Base(l.cur.dir)).With("log", filepath.Base(folders.Of(l.Dir, n)))
		}
	}
	return nil
}

// turnPage makes the new log and begins to use it. It is a step of the appender.
func (l *Log) turnPage(why string, mark []byte) (c tlog.Continuation, err error) {
	old := l.cur
	c = tlog.Continuation{At: l.Clock.Micro(), Reason: why, Root: tlog.EmptyRoot(), Signed: tlog.EmptyRoot()}
	c.Cause, _ = l.refusal.Params["cause"].(string)
	known, _ := survey.Claimed(mark)
	// What is here, if anything, is not what is continued from; unless only a mark of a row
	// says so, which anybody can write who has the database in hand.
	lost := l.lost.Who != "" && (old == nil || l.lost.Last == nil)
	if lost {
		known, _ = survey.Claimed(l.lost.Note)
		known.Origin, known.Size = l.lost.origin(), l.lost.size()
		if l.lost.Note == nil {
			known.Root = tlog.EmptyRoot() // only its word for the size
		}
	}
	c.Origin = known.Origin
	if old != nil && old.key.Name() != "" && !lost {
		c.Origin = old.key.Name()
	}
	if c.Origin == "" {
		return c, errors.New("there is no log to continue from")
	}
	if known.Origin == c.Origin {
		c.Known, c.Signed = known.Size, known.Root
	}
	if old != nil && !lost {
		c.Size = old.edge.Size
		if c.Root, err = root(c.Size, old.hashes()); err != nil { // tiles are missing: what is there cannot be told
			c.Size, c.Root = 0, tlog.EmptyRoot()
		}
		against, _ := l.read(old, againstName)
		for _, s := range l.before(old) {
			if s.Size > c.Known && against.Note == nil {
				c.Known, c.Signed = s.Size, s.Root
			}
		}
		if against.Note != nil { // what it does not agree with says more than what it signed last
			c.Known, c.Signed = against.Size, against.Root
		}
	}
	// Whoever reads the old folder later should find all entries in its tiles.
	if old != nil && old.tail != nil && old.flush(&l.mu) == nil {
		_ = old.write(old.edge.Partial(old.edge.Size), true)
	}
	number, err := folders.Next(l.disk, l.Dir)
	if err != nil {
		return c, err
	}
	given, err := reason.Keep(l.disk, l.Dir, why)
	if err != nil {
		return c, err
	}
	c.Commitment = given.Commitment()
	if err := folders.Create(l.disk, l.Dir, number, l.Node, func(signer note.Signer, key tlog.Key) ([][]byte, error) {
		c.Key = key
		signers := []note.Signer{signer}
		if old != nil && old.signer != nil {
			signers = append(signers, old.signer)
		}
		entry, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
		return [][]byte{entry}, err
	}); err != nil {
		return c, err
	}
	b, err := openBook(l.disk, l.Dir, number)
	if err != nil {
		return c, err
	}
	l.mu.Lock()
	l.cur, l.head, l.cosigned, l.signedAt = b, Signed{}, map[int]Signed{}, 0
	l.refusal, l.ready, l.trouble = nil, true, nil
	l.mu.Unlock()
	if old != nil && old.tail != nil {
		old.tail.Close()
	}
	l.Log.Warn("a new transparency log continues from the old one", "from", c.Origin, "found", c.Size, "signed", c.Known,
		"origin", b.key.Name(), "key", b.key.String(), "folder", filepath.Base(b.dir), "reason", fmt.Sprintf("%q", why))
	return c, nil
}
