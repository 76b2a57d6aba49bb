package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"watchroom/evidence/act"
)

// largestActProof bounds the file that is read, in bytes.
const largestActProof = 9 << 20

type ledgerActCommand struct {
	File   string `arg:"" help:"The proof of an act, as the audit trail gives it." type:"existingfile"`
	Policy string `placeholder:"FILE" help:"Keys to prove it against (C2SP tlog-policy: a text with the lines 'log VKEY', 'witness NAME VKEY', and 'quorum NAME' or 'quorum none'; VKEY is a key as it stands on paper, such as gate+12345678+AV...), got another way than with the file. Without it the file is only compared with itself." type:"existingfile"`
}

// Run checks the file. It asks no server and needs no installation.
func (c *ledgerActCommand) Run(std streams) error {
	policy, err := readPolicy(c.Policy)
	if err != nil {
		return err
	}
	opened, err := os.Open(c.File)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(opened, largestActProof))
	_ = opened.Close() // it was only read
	if err != nil {
		return err
	}
	f, err := act.Parse(data)
	if err != nil {
		return err
	}
	p, err := f.Verify(policy)
	if err != nil {
		return err
	}
	a := p.Content
	fmt.Fprintf(std.out, "act %s\nat %s\nperson %s\naction %s\nsubject %s\ncamera %s\n",
		quoted(a.ID), time.UnixMicro(a.At).UTC().Format(time.RFC3339Nano), quoted(a.Person), quoted(a.Action), quoted(a.Subject), quoted(a.Camera))
	var detail any
	if json.Unmarshal([]byte(a.Detail), &detail) == nil {
		if b, err := json.MarshalIndent(detail, "", "  "); err == nil {
			a.Detail = string(b)
		}
	}
	fmt.Fprintf(std.out, "detail %s\n", a.Detail)
	fmt.Fprintf(std.out, "entry %d of log %s, in its first %d entries with the root %s\n", p.Index, p.Checkpoint.Origin, p.Checkpoint.Size, p.Checkpoint.Root)
	if p.Verdict == nil {
		fmt.Fprintln(std.out, "verdict: consistent with itself; who signed it is not proved without --policy")
		return nil
	}
	for _, s := range p.Verdict.Cosigned {
		fmt.Fprintf(std.out, "cosigned by %s (%s) at %s\n", s.Witness, s.Key.Name(), date(time.Unix(s.At, 0)))
	}
	if !p.Verdict.Quorum {
		fmt.Fprintf(std.out, "verdict: signed by the log %s of the policy; too few of its witnesses have cosigned\n", p.Verdict.Log.Name())
		return errUnproved
	}
	fmt.Fprintln(std.out, "verdict: the act stands in the log of the policy as it is printed here")
	return nil
}

// quoted shows a value that is no plain word so that it cannot pass for another line.
func quoted(s string) string {
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return strconv.Quote(s)
		}
	}
	return s
}
