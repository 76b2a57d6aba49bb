package purpose

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Rows, as differences name them.
const (
	registerTable  = "purposes "
	proposalsTable = "proposals "
)

// decisions are the kinds of the acts that end a proposal, with the state that they leave.
var decisions = map[string]proposal.State{"purpose.approved": proposal.Approved, "purpose.rejected": proposal.Rejected, "purpose.withdrawn": proposal.Withdrawn}

// Differ names purposes, and proposals about them, of which the rows tell otherwise than the
// acts. Whoever verifies compares those with the log. Purposes that came with the program are
// as it brought them, as long as no act says otherwise.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	kinds := append(slices.Sorted(maps.Keys(decisions)), "purpose.added", "purpose.changed", "purpose.retired", "purpose.restored", "purpose.proposed")
	acts, passed, err := facts.Acts(ctx, tx, kinds...)
	if err != nil {
		return nil, err
	}
	var book facts.Book
	for _, p := range brought() {
		book.Tell(registerTable+p.Code, p.fields())
	}
	for i := range acts { // what was asked for first: the clock may have been set back before the answer
		if a := &acts[i]; a.Kind == "purpose.proposed" {
			tellProposed(&book, a)
		}
	}
	for i := range acts {
		tell(&book, &acts[i])
	}
	all, err := read(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		book.Compare(registerTable+p.Code, p.fields())
	}
	var rows []proposal.Proposal
	if err := tx.NewSelect().Model(&rows).Where("kind = ?", proposal.Purpose).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read proposals")
	}
	about := map[string]string{} // proposals by their purpose's code
	for i := range acts {
		if id, ok := acts[i].Get("proposal"); ok {
			about[id] = acts[i].Subject
		}
	}
	for i := range rows {
		r := &rows[i]
		p, err := told(r, nil)
		if err != nil { // not even one of the program's own making
			book.Compare(proposalsTable+r.ID, facts.Fields{"wish": err.Error()})
			continue
		}
		about[r.ID] = r.Subject
		book.Compare(proposalsTable+r.ID, facts.Fields{"purpose": r.Subject, "step": p.Step, "wish": wishOf(p.detail()), "reason": p.Reason, "proposed by": p.ProposedBy,
			"proposed at": p.ProposedAt, "state": p.State, "decided by": p.DecidedBy, "decided at": p.DecidedAt, "note": p.Note})
	}
	for id, code := range about { // whose acts are damaged
		if passed[code] {
			passed[id] = true
		}
	}
	return book.Differences(passed), nil
}

// fields are what a row says of a purpose.
func (p Purpose) fields() facts.Fields {
	f := facts.Fields(p.detail())
	f["retired"], f["by system"], f[keyAfter] = p.RetiredAt != nil, p.BySystem, p.ReasonAfter
	return f
}

func tellProposed(b *facts.Book, a *facts.Act) {
	id, _ := a.Get("proposal")
	row := proposalsTable + id
	b.TellAs(row, a, "step", "reason")
	b.Tell(row, facts.Fields{"purpose": a.Subject, "wish": wishIn(a), "proposed by": a.Person, "proposed at": a.At,
		"state": proposal.Proposed, "decided by": "", "decided at": 0, "note": ""})
}

func tell(b *facts.Book, a *facts.Act) {
	row := registerTable + a.Subject
	switch a.Kind {
	case "purpose.added":
		b.Tell(row, facts.Fields{"retired": false, "by system": false, keyAfter: false})
		b.TellAs(row, a, append(slices.Sorted(maps.Keys(Purpose{}.detail())), keyAfter)...)
	case "purpose.changed":
		tellChanges(b, row, a)
	case "purpose.retired", "purpose.restored":
		b.Tell(row, facts.Fields{"retired": a.Kind == "purpose.retired"})
	}
	state, decided := decisions[a.Kind]
	if !decided {
		return
	}
	id, _ := a.Get("proposal")
	b.TellAs(proposalsTable+id, a, "note")
	b.Tell(proposalsTable+id, facts.Fields{"state": state, "decided by": a.Person, "decided at": a.At})
	if state != proposal.Approved {
		return
	}
	var after map[string]json.RawMessage
	if a.Read("after", &after) {
		b.Tell(row, facts.Fields{keyAfter: false})
		for field, to := range after {
			b.Tell(row, facts.Fields{field: plain(to)})
		}
		b.Tell(row, facts.Fields{"retired": false})
	}
	switch step, _ := a.Get("step"); Step(step) {
	case Adding:
		b.Tell(row, facts.Fields{"by system": false})
	case Changing:
		tellChanges(b, row, a)
	case Restoring:
	}
}

func tellChanges(b *facts.Book, row string, a *facts.Act) {
	var changes map[string]struct{ To json.RawMessage }
	a.Read("changes", &changes)
	for field, c := range changes {
		b.Tell(row, facts.Fields{field: plain(c.To)})
	}
}

// plain is a value as fields are compared.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// wishIn is what somebody asked for, as an act tells it.
func wishIn(a *facts.Act) string {
	detail := map[string]any{}
	for _, k := range []string{"after", "changes"} {
		var v any
		if a.Read(k, &v) {
			detail[k] = v
		}
	}
	return wishOf(detail)
}

// wishOf is the same of a detail, always written alike.
func wishOf(detail map[string]any) string {
	b, err := json.Marshal(map[string]any{"after": detail["after"], "changes": detail["changes"]})
	if err != nil { // words, numbers and yes or no
		return err.Error()
	}
	return string(b)
}

// brought are the purposes that the migration puts into the register.
func brought() []Purpose {
	const order799, order421 = "《公共安全视频图像信息系统管理条例》（国务院令第799号）", "《企业事业单位内部治安保卫条例》（国务院令第421号）"
	return []Purpose{
		{Code: DutyReview, Name: Words{"值班复核", "Duty review"}, Basis: Words{order799 + "第十六条；值班监看制度", "State Council order 799, art. 16; rules of the watch"},
			Clauses: []string{"C006", "C104"}, BySystem: true},
		{Code: "incident", Name: Words{"事件核查", "Incident"}, Basis: Words{order421, "State Council order 421"}, Clauses: []string{"C006", "C105"}, NeedsReason: true},
		{Code: "inspection", Name: Words{"检查", "Inspection"}, Basis: Words{order799 + "第二十四条", "State Council order 799, art. 24"}, Clauses: []string{"C006", "C019"}, NeedsReason: true},
		{Code: "maintenance", Name: Words{"维护", "Maintenance"}, Basis: Words{order799 + "第十五条", "State Council order 799, art. 15"}, Clauses: []string{"C006", "C017"}, NeedsReason: true},
		{Code: "request", Name: Words{"他人申请", "Request by others"}, Basis: Words{order799 + "第二十条、第二十一条", "State Council order 799, arts 20 and 21"}, Clauses: []string{"C006", "C104"}, NeedsReason: true},
	}
}
