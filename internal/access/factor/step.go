package factor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/limit"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Refusals of steps.
var (
	ErrStepExpired = problem.New(problem.Conflict, "step_expired", "This took too long, or was begun elsewhere. Begin again.")
	ErrStepUsed    = problem.New(problem.Conflict, "step_used", "This step was taken already. Begin again.")
)

// StepFor is how long a step of a sign-in or an enrolment stands open.
const StepFor = 5 * time.Minute

// purpose is the one thing that a step is good for.
type purpose string

const (
	forSecond  purpose = "second"  // the second step after a password
	forPasskey purpose = "passkey" // signing in with a passkey alone
	forTOTP    purpose = "totp"    // enrolling an app
	forKey     purpose = "key"     // enrolling a passkey
	forConsole purpose = "console" // unlocking a console
	forVouch   purpose = "vouch"   // the second step of who vouches at the screen of another
)

// step is what goes from the beginning of something to its end. It travels through the
// browser, sealed for its purpose, so that nothing is written before anybody has proved
// anything; that it was taken is written, in the transaction of what it allowed.
type step struct {
	ID        string             `json:"i"`
	Expires   int64              `json:"x"` // µs
	Network   string             `json:"n"` // where it was begun
	Person    string             `json:"p,omitempty"`
	Mark      string             `json:"m,omitempty"` // see account.Proof
	Session   string             `json:"s,omitempty"` // in which an enrolment was begun
	About     string             `json:"a,omitempty"` // what somebody vouches for
	Secret    string             `json:"t,omitempty"` // of an app that is being enrolled
	Challenge *passkey.Challenge `json:"c,omitempty"`
}

type stepRow struct {
	bun.BaseModel `bun:"table:factor_steps,alias:step"`
	ID            string `bun:",pk"`
	ExpiresAt     int64
}

func (f *Factors) newStep(from access.Origin) step {
	return step{ID: db.NewID(), Expires: f.Clock.Micro() + StepFor.Microseconds(), Network: limit.Network(from.Address)}
}

func (f *Factors) seal(s step, p purpose) secret.Text {
	b, err := json.Marshal(s)
	if err != nil { // strings and numbers
		panic(err)
	}
	return secret.Text(base64.RawURLEncoding.EncodeToString(f.Box.Seal(secret.Text(b), "factor/step/"+string(p))))
}

// open reads a step. Whatever is wrong with it, the answer is the same: begin again.
func (f *Factors) open(ticket secret.Text, p purpose, from access.Origin) (step, error) {
	var s step
	if len(ticket) > 4000 {
		return s, ErrStepExpired
	}
	sealed, err := base64.RawURLEncoding.DecodeString(ticket.Reveal())
	if err != nil {
		return s, ErrStepExpired
	}
	plain, err := f.Box.Open(sealed, "factor/step/"+string(p))
	if err != nil || json.Unmarshal([]byte(plain), &s) != nil {
		return step{}, ErrStepExpired
	}
	if s.Expires <= f.Clock.Micro() || s.Network != limit.Network(from.Address) {
		return step{}, ErrStepExpired
	}
	return s, nil
}

// take writes down that a step was taken, and refuses it the second time.
func (f *Factors) take(ctx context.Context, tx bun.Tx, s step) error {
	if _, err := tx.NewDelete().Model((*stepRow)(nil)).Where("expires_at <= ?", f.Clock.Micro()).Exec(ctx); err != nil {
		return problem.Wrap(err, "forget old steps")
	}
	done, err := tx.NewInsert().Model(&stepRow{ID: s.ID, ExpiresAt: s.Expires}).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "take a step")
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return ErrStepUsed
	}
	return nil
}

// Ask makes the ticket of the second step.
func (f *Factors) Ask(p account.Proof, from access.Origin) (ticket secret.Text, until int64) {
	s := f.newStep(from)
	s.Person, s.Mark = p.Person, p.Mark
	return f.seal(s, forSecond), s.Expires
}
