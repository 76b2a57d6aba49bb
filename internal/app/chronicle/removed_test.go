package chronicle

import (
	"errors"
	"fmt"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/app/awaited"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/leak"
)

// TestAWitnessThatIsTakenOutIsMissed: whoever has the machine has the configuration, too. A log
// whose witnesses were taken out is not signed before a person says so; an alarm names them, and
// the log tells of it, so that the next start waits for nobody.
func TestAWitnessThatIsTakenOutIsMissed(t *testing.T) {
	leak.Check(t)
	h := vouched(t)
	name := h.w[0].Key.Name()
	h.start()
	await.Until(t, "the log tells of its witness", func() bool { return h.c.Status().Cosigned > 0 && len(Gone(h.dir, nil)) == 1 })
	h.stop()
	if gone := Gone(h.dir, h.w); len(gone) != 0 {
		t.Errorf("%v count as taken out while they are asked", gone)
	}
	h.w = nil
	h.start()
	h.alarmed("ledger", "ledger_awaits_witness")
	h.alarmed("witness taken out "+name, "witness_removed")
	before := h.c.Status()
	h.act("camera.created")
	if s := h.c.Status(); !errors.Is(s.Trouble, tlog.ErrAwaited) || s.Ready || s.Size != before.Size || h.waiting() == 0 {
		t.Errorf("signed without them: %+v", s)
	}
	if err := h.c.GoOn(t.Context(), h.d, access.ActorOf("admin", access.Administrator), "nobody needs it"); err == nil {
		t.Error("an administrator lets it go on")
	}
	if err := h.c.GoOn(t.Context(), h.d, access.ActorOf("leader", access.Leader), "the auditors have left"); err != nil {
		t.Fatal(err)
	}
	await.Until(t, "it goes on", func() bool { return h.c.Status().Ready && h.waiting() == 0 })
	h.alarmed("ledger", "")
	h.alarmed("witness taken out "+name, "witness_removed")
	acts, _, err := ledger.List(t.Context(), h.d.Read(), ledger.Filter{Kind: awaited.Kind})
	if err != nil || len(acts) != 1 || fmt.Sprint(acts[0].Detail["witnesses"]) != "["+name+"]" || acts[0].Person != "leader" {
		t.Errorf("%+v, %v", acts, err)
	}
	await.Until(t, "the log tells that it is asked no more", func() bool { return len(Gone(h.dir, nil)) == 0 })
	h.stop()
	h.start()
	await.Until(t, "the next start", func() bool { return h.c.Status().Ready })
	h.stop()
	if len(h.alarms) > 0 {
		t.Errorf("%v", h.alarms)
	}
}
