// Package regime keeps the rules of the institution as data: who proposed which value of
// a parameter, who approved it, since when it is in force, and what it was before.
//
// One person proposes with a reason; another approves. A change after which less is
// protected, by the guard that the parameter declares, takes two who approve. Nobody
// approves what they proposed. What is approved is in force from then, without a restart;
// other nodes read it at most a second later. Choosing a pack is one such proposal, with
// every value in it.
//
// The package knows keys and forms of values, never what they steer: it imports no
// chapter and no chapter imports it (ruling R17). Declarations come through rule.Set.
package regime

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access/proposal"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Refusals. Those about values come from package rule, those about text from package
// text, those about rights from access, and what holds for all proposals from proposal.
var (
	ErrKey       = problem.New(problem.NotFound, "rule_unknown", "There is no such parameter.")                                                             // key
	ErrName      = problem.New(problem.Invalid, "parameter_name_unknown", "The register has no such name.")                                                 // key, name, register
	ErrSame      = problem.New(problem.Conflict, "parameter_same", "This is what holds already.")                                                           // key, or pack
	ErrMany      = problem.New(problem.Invalid, "proposal_size", "A proposal changes one parameter at least and 50 at most, each once.").On("changes")      // most
	ErrTwice     = problem.New(problem.Conflict, "proposal_approved_twice", "You approved this proposal already. Another person must do so, too.")          //
	ErrPack      = problem.New(problem.NotFound, "pack_unknown", "There is no such pack.").On("pack")                                                       // pack
	ErrPackWrong = problem.New(problem.Invalid, "pack_invalid", "This pack cannot be used as it is written.").On("file")                                    // faults
	ErrPackName  = problem.New(problem.Conflict, "pack_name_taken", "A pack that comes with the program has this name. Give yours another one.").On("file") // pack
)

// Register gives the names that a register of the institution has, such as its positions.
type Register func(ctx context.Context) ([]string, error)

// LookEvery is how often a node looks whether another one has changed a value. Half a
// second, so that every node has it within one.
const LookEvery = 500 * time.Millisecond

// Parameters keeps proposals and values, and puts what is in force into Set.
type Parameters struct {
	DB        *db.DB
	Set       *rule.Set
	Registers map[string]Register // by the register that declarations name
	Bus       *event.Bus          // told of every step; may be nil
	Clock     clock.Clock
	Log       *slog.Logger

	loop every.Loop

	mu      sync.Mutex // guards version and the call of Set.Put, so that an older reading never follows a newer one
	version int64      // of what Set holds
}

// Start reads the values in force and goes on looking whether they have changed. After it
// Set holds them; an error of the database is an error of the start.
func (p *Parameters) Start(ctx context.Context) error {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if err := p.reload(ctx, true); err != nil {
		return err
	}
	p.loop.Start(ctx, LookEvery, every.Trying(func(ctx context.Context) error { return p.reload(ctx, false) }, func(err error) {
		// What is in force stays so while the database is away; who keeps watch over it has said so.
		p.Log.Debug("parameters could not be read anew", "err", err)
	}))
	return nil
}

// Close ends the looking and waits for it. Set keeps what it has.
func (p *Parameters) Close() { p.loop.Close() }

type valueRow struct {
	bun.BaseModel `bun:"table:parameter_values,alias:value"`
	Version       int64  `bun:",pk"`
	Key           string `bun:",pk"`
	Value         string
	Origin        Origin
	Clause        string
	Proposal      string
	At            int64
}

// reload reads what is in force where the database has another version than Set, or in
// any case.
func (p *Parameters) reload(ctx context.Context, anyhow bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, err := newest(ctx, p.DB.Read())
	if err != nil || now == p.version && !anyhow {
		return err
	}
	rows, version, err := inForce(ctx, p.DB)
	if err != nil {
		return err
	}
	for _, key := range p.Set.Put(effective(rows)) {
		_, known := p.Set.Find(key)
		p.Log.Warn("a value of a parameter is kept and does not hold", "parameter", key, "value", rows[key].Value, "declared", known)
	}
	if p.version = version; !anyhow {
		p.Log.Info("parameters changed", "version", version)
		if p.Bus != nil { // what runs is decided anew, on every node (ruling R18)
			p.Bus.Publish(event.Event{Kind: "rules"})
		}
	}
	return nil
}

// effective leaves out what follows the program.
func effective(rows map[string]valueRow) map[string]json.RawMessage {
	values := map[string]json.RawMessage{}
	for key, r := range rows {
		if r.Origin != OfProgram {
			values[key] = json.RawMessage(r.Value)
		}
	}
	return values
}

// newest gives the newest version, 0 where nothing was ever changed.
func newest(ctx context.Context, tx bun.IDB) (version int64, err error) {
	err = tx.NewSelect().Model((*valueRow)(nil)).ColumnExpr("COALESCE(MAX(version), 0)").Scan(ctx, &version)
	return version, problem.Wrap(err, "look for changed parameters")
}

// current gives the newest row of every key.
func current(ctx context.Context, tx bun.IDB) (map[string]valueRow, error) {
	var rows []valueRow
	err := tx.NewSelect().Model(&rows).
		Where("value.version = (SELECT MAX(other.version) FROM parameter_values other WHERE other.key = value.key)").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read parameters")
	}
	byKey := make(map[string]valueRow, len(rows))
	for _, r := range rows {
		byKey[r.Key] = r
	}
	return byKey, nil
}

func inForce(ctx context.Context, d *db.DB) (rows map[string]valueRow, version int64, err error) {
	err = d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		if version, err = newest(ctx, tx); err != nil {
			return err
		}
		rows, err = current(ctx, tx)
		return err
	})
	return rows, version, err
}

// Load puts what is in force into a set, once: for commands that run beside the server.
func Load(ctx context.Context, d *db.DB, set *rule.Set) error {
	rows, _, err := inForce(ctx, d)
	if err == nil {
		set.Put(effective(rows))
	}
	return err
}

// Change is the Data of events of kind "parameter".
type Change struct {
	Proposal string         `json:"proposal"`
	State    proposal.State `json:"state"`
}

func (p *Parameters) tell(id string, s proposal.State) {
	if p.Bus != nil {
		p.Bus.Publish(event.Event{Kind: "parameter", Subject: id, Data: Change{Proposal: id, State: s}})
	}
}
