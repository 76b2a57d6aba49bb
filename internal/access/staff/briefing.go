package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Refusals of a briefing.
var (
	ErrNoBriefing   = problem.New(problem.NotFound, "briefing_none", "There is nothing for you to read and sign.")
	ErrBriefingUp   = problem.New(problem.Conflict, "briefing_signed", "You have signed this already.")
	ErrBriefingSoon = problem.New(problem.Conflict, "briefing_not_read", "Take the time to read the briefing first.") // seconds
	ErrBriefingTalk = problem.New(problem.Invalid, "briefing_language", "The briefing is there in zh and en.").On("language")
	ErrOnScreen     = problem.New(problem.Forbidden, "session_required", "A token has no session; sign in with a password for this.")
)

// Words are what a stand-in reads and signs.
type Words struct {
	Points []string // of the briefing
	Pledge string
}

// hash is what a row keeps of what was signed; the act has the whole of it.
func (w Words) hash() string {
	sum := sha256.Sum256([]byte(strings.Join(append(append([]string{}, w.Points...), w.Pledge), "\n")))
	return hex.EncodeToString(sum[:])
}

// Briefings are the words by language, in both of which they say the same.
func Briefings() map[string]Words {
	return map[string]Words{
		"zh": {
			Points: []string{
				"您顶岗一个班次。账户随班次结束，您能看到的不超过登记您的负责人此刻能看到的。",
				"您可以查看实时画面和系统报警；不能回放、截图、导出，也不能更改任何设置。需要时请找值班长。",
				"您看到什么、何时看到，都记录在案。画面上有您的姓名和追溯码。",
				"发现可疑情况：先报告当班负责人，并拨打 110；火警拨打 119。持续跟踪画面，不离开岗位。",
				"民警或其他人要求查看、复制：不拒绝也不提供，立即通知值班长，由其登记和办理。",
				"不得拍摄屏幕，不得转述所见的人和事，不得把账户、密码或门禁卡借给他人。",
				"监控设备只用于监控。不得插接 U 盘、手机或其他设备，不得运行其他程序。",
				"无关人员不得进入监控室；来访者须经批准并登记。",
				"设备断电、冒烟、异味、无图像、无录像：立即报告，不自行拆修；有危险时先断电、灭火、撤离。",
				"有人接替之前不得离岗。身体不适或无法继续，立即告知值班长。",
			},
			Pledge: "本人已阅读并理解上述内容。本人承诺对在监控室看到、听到的一切以及安全防范的布置保密，不拍摄、不复制、不向任何人泄露，离开岗位后仍然如此；违反的，依法承担责任。",
		},
		"en": {
			Points: []string{
				"You stand in for one shift. Your account ends with it, and you see no more than whoever let you in may see at that moment.",
				"You may watch live and see the alarms of the system; you may not replay, take pictures, export or change any setting. Ask the duty lead where that is needed.",
				"What you look at, and when, is on record. The picture bears your name and a mark that leads back to you.",
				"When something is suspicious: report it to the person in charge and call 110; in a fire call 119. Keep it in the picture and do not leave your post.",
				"When police or anybody else ask to see or copy something: neither refuse nor give it; call the duty lead at once, who registers and decides.",
				"Do not photograph the screen, do not tell of people and matters that you saw, and lend nobody your account, password or card.",
				"The equipment serves monitoring only. Plug in no USB stick, telephone or other device, and run no other program.",
				"Nobody enters the control room who has no business there; visitors need approval and are registered.",
				"When power fails, or there is smoke, a burning smell, no picture or no recording: report it at once and do not repair it yourself; in danger cut the power, put out the fire and get out first.",
				"Do not leave before somebody takes over. If you are unwell or cannot go on, tell the duty lead at once.",
			},
			Pledge: "I have read and understood this. I promise to keep secret all that I see and hear in the control room and how security is arranged, not to photograph, copy or tell it to anybody, also after I have left this post; if I break this I answer for it under the law.",
		},
	}
}

// Briefing is how a stand-in's briefing stands.
type Briefing struct {
	BegunAt  *int64 // µs; nil: not opened yet
	OpenAt   *int64 // µs, when it may be signed
	SignedAt *int64 // µs
}

// Briefing tells how that of a person stands; nil for who is no stand-in, or holds another
// position as well: two people gave it.
func (f *Files) Briefing(ctx context.Context, person string, held []access.Holding) (*Briefing, error) {
	if !guest(held) {
		return nil, nil
	}
	r, err := admitted(ctx, f.DB.Read(), person)
	if r == nil || err != nil {
		return nil, err
	}
	return f.briefing(r), nil
}

func (f *Files) briefing(r *standInRow) *Briefing {
	b := &Briefing{BegunAt: r.BegunAt, SignedAt: r.SignedAt}
	if r.BegunAt != nil {
		open := *r.BegunAt + briefing.Get(f.Settings.Rules).Microseconds()
		b.OpenAt = &open
	}
	return b
}

// admitted gives the newest admission of a person as a stand-in; nil: there is none.
func admitted(ctx context.Context, tx bun.IDB, person string) (*standInRow, error) {
	var rows []standInRow
	err := tx.NewSelect().Model(&rows).Where("person = ?", person).OrderExpr("at DESC, id DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, problem.Wrap(err, "read the admission of a stand-in")
	}
	return &rows[0], nil
}

// step changes the actor's own admission in tx, unless it is signed.
func (f *Files) step(ctx context.Context, actor access.Actor, change func(ctx context.Context, tx bun.Tx, r *standInRow) error) (b Briefing, err error) {
	if err := access.Settled(actor); err != nil {
		return b, err
	}
	if actor.Session == "" {
		return b, ErrOnScreen
	}
	if !guest(actor.Standing().Holdings) {
		return b, ErrNoBriefing
	}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := admitted(ctx, tx, actor.Person)
		switch {
		case err != nil:
			return err
		case r == nil:
			return ErrNoBriefing
		case r.SignedAt != nil:
			return ErrBriefingUp
		}
		if err := change(ctx, tx, r); err != nil {
			return err
		}
		b = *f.briefing(r)
		return nil
	})
	return b, err
}

// Brief notes that a stand-in has opened the briefing. Once is enough: the time runs from
// the first.
func (f *Files) Brief(ctx context.Context, actor access.Actor) (Briefing, error) {
	return f.step(ctx, actor, func(ctx context.Context, tx bun.Tx, r *standInRow) error {
		if r.BegunAt != nil {
			return nil
		}
		at := f.Clock.Micro()
		r.BegunAt = &at
		if _, err := tx.NewUpdate().Model(r).Column("begun_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "note that a briefing was opened")
		}
		return ledger.Record(ctx, tx, actor.Act(at, kindBriefed, actor.Person, "", map[string]any{keyStandIn: r.ID}))
	})
}

// Sign signs briefing and pledge, by the stand-in alone, with the own password, and not before
// the time of the briefing is over. Before it nobody who stands in sees a picture (C100, P5).
func (f *Files) Sign(ctx context.Context, actor access.Actor, language string, password secret.Text) (Briefing, error) {
	words, known := Briefings()[language]
	if !known {
		return Briefing{}, ErrBriefingTalk
	}
	switch {
	case actor.Session == "":
		return Briefing{}, ErrOnScreen
	case !guest(actor.Standing().Holdings):
		return Briefing{}, ErrNoBriefing
	}
	if err := f.Accounts.Prove(ctx, actor.Person, password); err != nil {
		return Briefing{}, err
	}
	b, err := f.step(ctx, actor, func(ctx context.Context, tx bun.Tx, r *standInRow) error {
		at, b := f.Clock.Micro(), f.briefing(r)
		if b.OpenAt == nil || at < *b.OpenAt {
			wait := briefing.Get(f.Settings.Rules)
			if b.OpenAt != nil {
				wait = time.Duration(*b.OpenAt-at) * time.Microsecond
			}
			return ErrBriefingSoon.With("seconds", int((wait + time.Second - 1).Seconds()))
		}
		r.SignedAt, r.SignedText = &at, words.hash()
		if _, err := tx.NewUpdate().Model(r).Column("signed_at", "signed_text").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "sign the pledge of a stand-in")
		}
		return ledger.Record(ctx, tx, actor.Act(at, kindSigned, actor.Person, "", map[string]any{
			keyStandIn: r.ID, "language": language, "briefing": words.Points, "pledge": words.Pledge, "text": r.SignedText}))
	})
	if err == nil {
		f.Accounts.Told([]string{actor.Person}, "rights", "briefing")
	}
	return b, err
}
