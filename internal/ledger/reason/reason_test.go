package reason_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/reason"
)

// TestAReasonOpensItsCommitmentAlone: the file beside the logs, and the act, tell it; whoever
// alters text or salt opens nothing.
func TestAReasonOpensItsCommitmentAlone(t *testing.T) {
	dir := t.TempDir()
	const text = "restored from the copy of Sunday 从周日备份恢复"
	g, err := reason.Keep(disk.OS{}, dir, text)
	if err != nil {
		t.Fatal(err)
	}
	other, err := reason.Keep(disk.OS{}, t.TempDir(), text)
	if err != nil || other.Commitment() == g.Commitment() {
		t.Fatalf("the same text commits to the same hash (%v): it can be guessed", err)
	}
	if got, ok := reason.Read(disk.OS{}, dir, g.Commitment()); !ok || got != g {
		t.Errorf("read back: %+v, %v", got, ok)
	}
	if _, ok := reason.Read(disk.OS{}, dir, other.Commitment()); ok {
		t.Error("it is taken for another log's")
	}
	if got, ok := reason.Of(map[string]any{"reason": text, "salt": g.Kept}, g.Commitment()); !ok || got.Text != text {
		t.Errorf("by the act: %+v, %v", got, ok)
	}
	for name, detail := range map[string]map[string]any{
		"no salt": {"reason": text}, "another salt": {"reason": text, "salt": other.Kept}, "another text": {"reason": text + ".", "salt": g.Kept},
		"a short salt": {"reason": text, "salt": "AAAA"}, "no text": {"salt": g.Kept}, "numbers": {"reason": 1, "salt": 2},
	} {
		if _, ok := reason.Of(detail, g.Commitment()); ok {
			t.Errorf("%s opens it", name)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, reason.FileName))
	if err != nil || !strings.Contains(string(b), text) {
		t.Fatal(string(b), err)
	}
	if err := os.WriteFile(filepath.Join(dir, reason.FileName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := reason.Read(disk.OS{}, dir, g.Commitment()); ok {
		t.Error("a torn file tells something")
	}
	for range 2 {
		if err := reason.Forget(disk.OS{}, dir); err != nil {
			t.Error(err)
		}
	}
	if _, ok := reason.Read(disk.OS{}, dir, tlog.Hash{}); ok {
		t.Error("it is still told")
	}
}
