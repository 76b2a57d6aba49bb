package chronicle

import (
	"context"
	"encoding/hex"
	"encoding/json"
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

// Verified is the outcome of the last verification, nil before the first. One that
// stands otherwise in the log, or in none that is here, is not given as an outcome but
// as altered.
func (c *Chronicle) Verified(ctx context.Context, d *db.DB) (*api.Verification, error) {
	l, err := ledger.Newest(ctx, d, kindVerified)
	if l == nil {
		return nil, err
	}
	v := &api.Verification{At: time.UnixMicro(l.Act.At).UTC(), Origin: l.Act.Subject}
	if err == nil {
		v.State, err = c.stands(l)
	}
	if err != nil {
		c.Log.ErrorContext(ctx, "the act of the last verification cannot be held against the log", "act", l.Act.ID, "err", err)
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
func (c *Chronicle) stands(l *ledger.Logged) (api.Standing, error) {
	if l.Log == "" {
		return api.Waiting, nil
	}
	var entry []byte
	var err error
	if l.Log == c.log.Key().Name() {
		entry, err = c.log.Entry(l.Leaf)
	} else {
		entry, err = earlierEntry(c.Dir, l.Log, l.Leaf)
	}
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
