package judge

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAVerificationIsReadLineByLine(t *testing.T) {
	got, err := Verification(`pending  18  act a1  ledger.verified
pending  19  act a2  camera.changed
segment_missing  gate/2026-11-29/x.mp4
entries 20  root 00
segments 14  files 13  bytes read 5  rows 14
footage was read
acts 12  in earlier logs 0
the server does not run; what it and these commands wrote after 2026-11-29T19:45:44Z comes into log and catalogue at its next start
on its way into log or catalogue 2
of it files that are not there 1: a journal tells why each went, and the signed log will within minutes
remarks 1
findings 1
`)
	// That it was verified comes into the log behind it, and is not waited for.
	want := Verified{Segments: 14, Files: 13, Pending: 1, Findings: 1, Lines: []string{"segment_missing  gate/2026-11-29/x.mp4"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
