package chronicle

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/access"
	api "watchroom/internal/api/ledger"
	"watchroom/internal/archive/audit"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

// kindVerified is the kind of the act that log, footage and records were compared. Its
// detail is the outcome: as an act it comes into the log itself, where nobody changes it.
const kindVerified = "ledger.verified"

// KeepOutcome puts on record what a verification came to.
func KeepOutcome(ctx context.Context, d *db.DB, origin string, r audit.Report, now clock.Clock) error {
	detail := map[string]any{
		"mode": mode(r), "read": r.Read, "kept": r.Kept, "since": r.Since,
		"size": r.Size, "root": hex.EncodeToString(r.Root[:]), "segments": r.Entries.Segments, "files": r.Files, "bytes": r.Bytes, "acts": r.Acts, "findings": r.Findings, "pending": r.Pending,
	}
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, access.CommandLine().Act(now.Micro(), kindVerified, origin, "", detail))
	})
}

// mode says whether the footage was read.
func mode(r audit.Report) api.Mode {
	if r.Presence {
		return api.Presence
	}
	return api.Full
}

// looked is what the detail of an outcome holds that read no footage.
const looked = `"mode":"presence"`

// Verified is the outcome of the last verification and the last one of the other mode, so
// that a quick look does not hide when the footage was read last; nil where there is none.
// One that stands otherwise in the log, or in none that is here, is not given as an outcome
// but as altered.
func (c *Chronicle) Verified(ctx context.Context, d *db.DB) (last, other *api.Verification, err error) {
	l, err := ledger.Newest(ctx, d, kindVerified)
	if l == nil {
		return nil, nil, err
	}
	if last, err = c.outcome(ctx, l, err); err != nil {
		return nil, nil, err
	}
	o, err := ledger.NewestTelling(ctx, d, kindVerified, looked, !strings.Contains(l.Content.Detail, looked))
	if o == nil || o.Act.ID == l.Act.ID { // itself where what it holds cannot be read
		return last, nil, err
	}
	if other, err = c.outcome(ctx, o, err); err != nil {
		return nil, nil, err
	}
	if other.Mode != "" && other.Mode == last.Mode { // of before the mode was kept
		other = nil
	}
	return last, other, nil
}

// outcome is what an act of a verification tells, with err from reading it.
func (c *Chronicle) outcome(ctx context.Context, l *ledger.Logged, err error) (*api.Verification, error) {
	v := &api.Verification{At: time.UnixMicro(l.Act.At).UTC(), Origin: l.Act.Subject}
	if err == nil {
		v.State, err = c.stands(ctx, l)
	}
	if err != nil {
		c.Log.ErrorContext(ctx, "the act of a verification cannot be held against the log", "act", l.Act.ID, "err", err)
		v.State = api.Altered
	}
	var detail struct {
		Size, Segments, Files, Read, Kept, Since, Bytes, Acts, Findings int64
		Mode                                                            api.Mode
	}
	if v.State == api.Altered {
		return v, nil
	}
	if err := json.Unmarshal([]byte(l.Content.Detail), &detail); err != nil {
		return nil, err
	}
	v.Size, v.Segments, v.Files, v.Bytes, v.Acts, v.Findings = detail.Size, detail.Segments, detail.Files, detail.Bytes, detail.Acts, detail.Findings
	v.Mode, v.Read, v.Kept = detail.Mode, detail.Read, detail.Kept
	switch {
	case v.Mode != "": // acts from before it was kept do not say
	case v.Bytes == 0 && v.Files > 0:
		v.Mode = api.Presence
	default:
		v.Mode, v.Read = api.Full, v.Files
	}
	if detail.Since > 0 {
		since := time.UnixMicro(detail.Since).UTC()
		v.Since = &since
	}
	return v, nil
}

// stands tells whether an act stands in the log as it is on record.
func (c *Chronicle) stands(ctx context.Context, l *ledger.Logged) (api.Standing, error) {
	if l.Log == "" {
		return api.Waiting, nil
	}
	entry, err := c.Proved(ctx, l.Log, l.Leaf)
	if err != nil {
		return api.Altered, err
	}
	e, err := leaf.Decode(entry)
	if err != nil {
		return api.Altered, err
	}
	if act, ok := e.(*leaf.Act); !ok || act.ID != leaf.Word(l.Act.ID) || act.Commitment != l.Commitment() {
		return api.Altered, nil
	}
	return api.InLog, nil
}
