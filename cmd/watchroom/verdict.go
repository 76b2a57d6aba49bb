package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"watchroom/evidence/tlog"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/archive/audit"
)

// errUnproved ends the command with its status: the keys that were given say otherwise.
var errUnproved = errors.New("the log is not proved by the keys of the policy")

// readPolicy reads the keys that a person has got another way; nil without a file.
func readPolicy(path string) (*tlog.Policy, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	p, err := tlog.ParsePolicy(b)
	if err != nil {
		return nil, fmt.Errorf("--policy: %s: %w", path, err)
	}
	return p, nil
}

// conclude prints which log this is, where it comes from, who signed it, and how much
// all that proves (ruling R3).
func conclude(ctx context.Context, out io.Writer, log *chronicle.Reading, policy *tlog.Policy, r audit.Report) error {
	for _, one := range append(log.Earlier, log) {
		if c := one.From; c != nil {
			why := "the reason is on no record here"
			if text, ok := log.Reason(ctx, c); ok {
				why = fmt.Sprintf("reason %q", text)
			}
			fmt.Fprintf(out, "log %d continues from %s: %d entries of it are here, %d were signed; cause %s, at %s, %s\n",
				one.Book.Number, c.Origin, c.Size, c.Known, c.Cause, date(time.UnixMicro(c.At)), why)
		}
	}
	if r.Untold > 0 {
		fmt.Fprintf(out, "log tells of journals that are not here: the accounts of %d cameras were not compared\n", r.Untold)
	}
	fmt.Fprintf(out, "origin %s\nkey %s\n", log.Book.Key.Name(), log.Book.Key)
	fmt.Fprintf(out, "checkpoint size %d  root %s\n", log.Checkpoint.Size, log.Checkpoint.Root)
	for _, s := range log.Signatures() {
		fmt.Fprintf(out, "signature over %d entries by %s\n", s.Size, s.Name)
	}
	if policy == nil {
		fmt.Fprintln(out, agree(r, "consistent with itself; who signed it is not proved without --policy"))
		return nil
	}
	v, err := policy.Check(log.Note)
	if err != nil {
		fmt.Fprintf(out, "verdict: not proved: %v\n", err)
		return errUnproved
	}
	cosigned, quorum := int64(0), int64(-1)
	for _, note := range append(log.Cosigned(), log.Note) {
		w, err := policy.Check(note)
		if err != nil {
			fmt.Fprintf(out, "verdict: not proved: %v\n", err)
			return errUnproved
		}
		for _, s := range w.Cosigned {
			fmt.Fprintf(out, "cosigned over %d entries by %s (%s) at %s\n", w.Checkpoint.Size, s.Witness, s.Key.Name(), date(time.Unix(s.At, 0)))
			cosigned = max(cosigned, w.Checkpoint.Size)
		}
		if w.Quorum {
			quorum = max(quorum, w.Checkpoint.Size)
		}
	}
	switch {
	case policy.Alone():
		fmt.Fprintln(out, agree(r, "proved by the log of the policy, which asks for no witness"))
	case quorum < 0:
		fmt.Fprintf(out, "verdict: signed by the log %s of the policy; too few of its witnesses have cosigned (%d entries at most)\n", v.Log.Name(), cosigned)
		return errUnproved
	case quorum < v.Checkpoint.Size:
		fmt.Fprintln(out, agree(r, fmt.Sprintf("proved by the log of the policy; its witnesses have cosigned %d of %d entries", quorum, v.Checkpoint.Size)))
	default:
		fmt.Fprintln(out, agree(r, "proved by the log and the witnesses of the policy"))
	}
	return nil
}

// date is an instant for people, the same on every machine.
func date(at time.Time) string { return at.UTC().Format(time.RFC3339) }

func agree(r audit.Report, good string) string {
	switch {
	case r.Presence:
		good += "; the footage was not read"
	case r.Kept > 0:
		good += "; an interrupted run was gone on with"
	}
	if r.Missing > 0 {
		good += fmt.Sprintf("; files that are not there %d, of which the signed log does not tell yet", r.Missing)
	}
	if r.Findings > 0 {
		return fmt.Sprintf("verdict: findings %d; signatures: %s", r.Findings, good)
	}
	return "verdict: " + good
}
