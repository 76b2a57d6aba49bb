// Package purpose keeps the register of what recorded footage may be looked at for, each
// purpose with its legal basis (C006): an act of looking names one of them, and one that is
// outside the register or retired is refused. A purpose is never deleted, since acts name
// it; its code never changes. Those that come with the program are the beginning of the
// register, not more than the institution's own.
//
// One person alone makes no footage seen that was not, nor with less asked, nor earlier looks
// read otherwise than they were made: that is proposed and another person decides
// (docs/decisions/0058, 0112).
package purpose

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown   = problem.New(problem.NotFound, "purpose_not_found", "There is no such purpose in the register.")
	ErrOutside   = problem.New(problem.Invalid, "purpose_unknown", "There is no such purpose.").On("purpose").Refusal()                                      // purpose
	ErrRetired   = problem.New(problem.Invalid, "purpose_retired", "This purpose is retired; nothing is looked at for it any more.").On("purpose").Refusal() // purpose
	ErrCode      = problem.New(problem.Invalid, "purpose_code", "The code has 2 to 40 letters a to z, digits or _, and begins with a letter.").On("code")
	ErrTaken     = problem.New(problem.Conflict, "purpose_taken", "Another purpose has this code or this name.").On("code") // code
	ErrBorne     = problem.New(problem.Conflict, "purpose_name_borne", "Another purpose has this name or had it before, and earlier looks are read by it. Choose another name.").On("name")
	ErrNameless  = problem.New(problem.Invalid, "purpose_nameless", "A purpose needs a name in Chinese or in English.").On("name")
	ErrBaseless  = problem.New(problem.Invalid, "purpose_baseless", "A purpose needs its legal basis: the law or the rule, with the article.").On("basis")
	ErrClauses   = problem.New(problem.Invalid, "purpose_clauses", "Clauses are ids such as C006, ten at most.").On("clauses")
	ErrBack      = problem.New(problem.Invalid, "purpose_back", "How far back is at most ten years, in whole minutes.").On("back")
	ErrBySystem  = problem.New(problem.Conflict, "purpose_by_system", "The program writes this purpose by itself. Its parameters say how far back it reaches, and it needs neither reason nor request.")
	ErrAfter     = problem.New(problem.Invalid, "purpose_reason_after", "Only words that are needed can be due afterwards.").On("reasonAfter")
	ErrUnchanged = problem.New(problem.Conflict, "purpose_settled", "The purpose is so already.")
)

// Limits.
const (
	longestName  = 60
	longestBasis = 300
	mostClauses  = 10
	mostBack     = 10 * 366 * 24 * time.Hour
)

// DutyReview is the purpose that the program writes by itself (P4 of the practice).
const DutyReview = "duty_review"

// Words are a text in both languages. One of them may be empty; the other is shown then.
type Words struct {
	ZH, EN string
}

// In gives the words in a language, or in the other one where they are missing.
func (w Words) In(chinese bool) string {
	if w.EN == "" || chinese && w.ZH != "" {
		return w.ZH
	}
	return w.EN
}

// Purpose is one of the register.
type Purpose struct {
	Code    string
	Name    Words
	Basis   Words    // the law or the rule, with the article
	Clauses []string // ids of the demands that it serves

	NeedsReason  bool          // in free words, besides the purpose
	ReasonAfter  bool          // of the newest footage the words are due afterwards (practice P4)
	NeedsRequest bool          // only under a request that was approved
	NeedsSecond  bool          // only together with a second person
	Back         time.Duration // only footage that is no older when a viewing is opened; 0: as far as the rights reach
	BySystem     bool          // the program writes it; nobody chooses it

	CreatedAt int64  // µs; 0: it came with the program
	RetiredAt *int64 // µs
}

// New is what a purpose begins with.
type New struct {
	Code string
	Change
}

// Change changes what is not nil.
type Change struct {
	Name         *Words
	Basis        *Words
	Clauses      *[]string
	NeedsReason  *bool
	ReasonAfter  *bool
	NeedsRequest *bool
	NeedsSecond  *bool
	Back         *time.Duration
}

// Register keeps the purposes.
type Register struct {
	DB    *db.DB
	Bus   *event.Bus // told of every change; may be nil
	Clock clock.Clock
}

// Changed is the Data of events of kind "purposes".
type Changed struct {
	Code   string `json:"code"`
	Change string `json:"change"` // added, changed, retired, restored, proposed, approved, rejected, withdrawn
}

func (r *Register) changed(code, change string) {
	if r.Bus != nil {
		r.Bus.Publish(event.Event{Kind: "purposes", Subject: code, Data: Changed{code, change}})
	}
}

var (
	codes   = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
	clauses = regexp.MustCompile(`^C[0-9]{3}$`)
)

func words(field string, w Words, most int) (_ Words, err error) {
	if w.ZH, err = text.Line(field, w.ZH, 0, most); err != nil {
		return w, err
	}
	w.EN, err = text.Line(field, w.EN, 0, most)
	return w, err
}

// take takes in a change; what it was handed is not changed.
func (p Purpose) take(c Change) (_ Purpose, err error) {
	if c.Name != nil {
		if p.Name, err = words("name", *c.Name, longestName); err != nil {
			return p, err
		}
	}
	if c.Basis != nil {
		if p.Basis, err = words("basis", *c.Basis, longestBasis); err != nil {
			return p, err
		}
	}
	if c.Clauses != nil {
		p.Clauses = slices.Compact(slices.Sorted(slices.Values(*c.Clauses)))
		for _, id := range p.Clauses {
			if !clauses.MatchString(id) || len(p.Clauses) > mostClauses {
				return p, ErrClauses
			}
		}
	}
	if c.NeedsReason != nil {
		p.NeedsReason = *c.NeedsReason
	}
	if c.ReasonAfter != nil {
		p.ReasonAfter = *c.ReasonAfter
	}
	if c.NeedsRequest != nil {
		p.NeedsRequest = *c.NeedsRequest
	}
	if c.NeedsSecond != nil {
		p.NeedsSecond = *c.NeedsSecond
	}
	if c.Back != nil {
		p.Back = *c.Back
	}
	switch {
	case !codes.MatchString(p.Code):
		return p, ErrCode
	case p.Name == Words{}:
		return p, ErrNameless
	case p.Basis == Words{}:
		return p, ErrBaseless
	case p.Back < 0 || p.Back > mostBack || p.Back%time.Minute != 0:
		return p, ErrBack
	case p.ReasonAfter && !p.NeedsReason:
		return p, ErrAfter
	case p.BySystem && (p.NeedsReason || p.NeedsRequest || p.NeedsSecond || p.Back != 0):
		return p, ErrBySystem
	}
	return p, nil
}

// differences tells what was and what is, field by field.
func differences(before, after Purpose) map[string]any {
	all := map[string]any{}
	was, is := before.detail(), after.detail()
	for field, to := range is {
		if from := was[field]; from != to && field != keyAfter {
			all[field] = map[string]any{"from": from, "to": to}
		}
	}
	if before.ReasonAfter != after.ReasonAfter {
		all[keyAfter] = map[string]any{"from": before.ReasonAfter, "to": after.ReasonAfter}
	}
	return all
}

// keyAfter stands in acts where the words are due afterwards; acts of before there were such
// purposes lack it.
const keyAfter = "reasonAfter"

// detail is the purpose as it stands in acts.
func (p Purpose) detail() map[string]any {
	d := map[string]any{"nameZh": p.Name.ZH, "nameEn": p.Name.EN, "basisZh": p.Basis.ZH, "basisEn": p.Basis.EN, "clauses": strings.Join(p.Clauses, " "),
		"needsReason": p.NeedsReason, "needsRequest": p.NeedsRequest, "needsSecond": p.NeedsSecond, "backMinutes": int(p.Back / time.Minute)}
	if p.ReasonAfter {
		d[keyAfter] = true
	}
	return d
}
