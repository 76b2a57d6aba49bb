package api

import (
	"context"
	"errors"
	"testing"
	"time"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/access"
	api "watchroom/internal/api/ledger"
	"watchroom/internal/app/awaited"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
)

// fakeLedger is a log that was rolled back, with a witness that is away.
type fakeLedger struct{}

func (fakeLedger) Status() tlog.Status {
	return tlog.Status{
		Number: 2, Origin: "watchroom/gate/0a1b2c3d", Key: "watchroom/gate/0a1b2c3d+12345678+AAAA", Size: 90, Signed: 80, SignedAt: 1795680000000000, Cosigned: 70,
		Refusal: tlog.ErrRefused.With("cause", "rolled_back").With("have", int64(90)).With("known", int64(100)),
		Trouble: errors.New("a path that nobody must see"),
	}
}

// GoOn does what awaited.Witnesses does for one that waits.
func (fakeLedger) GoOn(ctx context.Context, d *db.DB, by access.Actor, reason string) error {
	if err := access.Throughout(by, access.RetentionConfigure, ""); err != nil {
		return err
	}
	return awaited.Note(ctx, d, by.For(access.RetentionConfigure, ""), 1795680000000000, reason, "audit")
}

func (fakeLedger) ProofFile(int64) (*evidence.Proof, error) { return nil, tlog.ErrNotReady }

func (fakeLedger) Checkpoint() tlog.Signed {
	return tlog.Signed{Note: []byte("watchroom/gate/0a1b2c3d\n80\n")}
}

func (fakeLedger) States() []witness.State {
	return []witness.State{{Name: "audit", URL: "http://127.0.0.1:8470", Size: 70, At: 1795670000, Tried: 1795680000000000, Failure: errors.New("away")}}
}

func (fakeLedger) Lag() time.Duration { return 1500 * time.Millisecond }

func (fakeLedger) Verified(context.Context, *db.DB) (last, other *api.Verification, err error) {
	last = &api.Verification{State: api.InLog, At: time.Unix(1795660000, 0).UTC(), Origin: "watchroom/gate/0a1b2c3d", Size: 60, Mode: api.Presence, Files: 3, Findings: 1}
	return last, &api.Verification{State: api.InLog, At: time.Unix(1795650000, 0).UTC(), Origin: "watchroom/gate/0a1b2c3d", Size: 50, Mode: api.Full, Read: 3}, nil
}

// awaitingLedger is one that waits for a witness, and had been signed without another.
type awaitingLedger struct{ fakeLedger }

func (awaitingLedger) Status() tlog.Status {
	return tlog.Status{Number: 1, Origin: "watchroom/gate/0a1b2c3d", Size: 90, Signed: 90, Trouble: tlog.ErrAwaited.With("witnesses", []string{"audit", "police"})}
}

func (awaitingLedger) States() []witness.State {
	return []witness.State{{Name: "court", URL: "http://127.0.0.1:8470", Without: witness.WithoutMost}}
}

// TestALogThatWaitsForItsWitnesses says for whom, and who may set what is kept lets it go on.
func TestALogThatWaitsForItsWitnesses(t *testing.T) {
	h := newHouse(t)
	h.deps.Ledger = awaitingLedger{}
	h.rebuilt()
	const path, reason = "/api/v1/ledger/unwitnessed", `{"reason":"the witness is being moved"}`
	h.run([]scenario{
		{name: "auditor", as: "auditor", path: "/api/v1/ledger", status: 200, content: []string{`"trouble":"ledger_awaits_witness"`, `"awaits":["audit","police"]`, `"without":"majority"`, `"ready":false`}},
		{name: "administrator", as: "administrator", method: "POST", path: path, body: reason, status: 403, content: []string{"retention.configure"}},
		{name: "without a word", as: "leader", method: "POST", path: path, body: `{"reason":" "}`, status: 422, content: []string{"reason"}},
		{name: "leader", as: "leader", method: "POST", path: path, body: reason, status: 204},
	})
	acts, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: awaited.Kind})
	if err != nil || len(acts) != 1 || acts[0].Person == "" || acts[0].Detail["reason"] != "the witness is being moved" {
		t.Errorf("%+v, %v", acts, err)
	}
}

// TestLedgerState: who may see it sees everything but the causes of errors.
func TestLedgerState(t *testing.T) {
	h := newHouse(t)
	h.run([]scenario{
		{name: "guest", path: "/api/v1/ledger", status: 401},
		{name: "operator", as: "operator", path: "/api/v1/ledger", status: 403, content: []string{`"ledger.read"`}},
		{name: "technician", as: "technician", path: "/api/v1/ledger", status: 403},
		{name: "auditor", as: "auditor", path: "/api/v1/ledger", status: 200, content: []string{
			`"cause":"rolled_back"`, `"have":90`, `"known":100`, `"trouble":"internal_error"`, `"lagSeconds":1.5`, `"answered":false`, `"findings":1`, `"mode":"presence"`, `"otherVerification":{"at":"2026-11-25T23:40:00Z"`, `"mode":"full"`, `"files":3`, `"read":0`, `"state":"logged"`, `"signedAt":"2026-11-26T08:00:00Z"`,
		}},
		{name: "administrator", as: "administrator", path: "/api/v1/ledger", status: 200, content: []string{`"given":"--config /etc/gate.yaml"`}},
		{name: "duty lead", as: "duty_lead", path: "/api/v1/ledger", status: 200, not: []string{"gate.yaml"}},
	})
}
