package duty_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/network"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// campus has two areas that lie in it, somebody who sets up rooms everywhere and somebody who
// does in the east alone.
type campus struct {
	*duty.Rooms
	t                       *testing.T
	chief, east, guard, far access.Actor
	now                     time.Time
	told                    *event.Subscription
}

func chain(_ context.Context, _ bun.IDB, area string) ([]string, error) {
	return map[string][]string{"campus": {"campus"}, "east": {"east", "campus"}, "west": {"west", "campus"}}[area], nil
}

// in is who holds a position in some areas only.
func in(t *testing.T, d *db.DB, name string, position access.Position, areas ...string) access.Actor {
	a := people.Add(t, d, name, position)
	return access.NewActor(a.Person, access.NewRights(access.BuiltIn, nil, nil), access.Standing{Holdings: []access.Holding{{Position: position, Areas: areas}}})
}

func each(t *testing.T, fn func(c *campus)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &campus{t: t, now: time.Date(2026, 11, 27, 2, 20, 0, 0, time.UTC)}
		bus := &event.Bus{}
		c.told = bus.Subscribe(100)
		t.Cleanup(c.told.Close)
		c.Rooms = &duty.Rooms{DB: d, Bus: bus, Clock: func() time.Time { return c.now }, Chain: chain}
		c.chief, c.guard = people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "guard", access.Operator)
		c.east, c.far = in(t, d, "east", access.Supervisor, "east"), in(t, d, "far", access.Operator, "west")
		c.Heads = func(_ context.Context, person string, areas []string) (bool, error) {
			return person == c.chief.Person || person == c.east.Person && !slices.Contains(areas, "west"), nil
		}
		fn(c)
	})
}

func (c *campus) of(name string, areas ...string) duty.Content {
	return duty.Content{Name: name, Areas: areas, Head: c.chief.Person, Staff: 2, Hours: duty.RoundTheClock, Phone: "8110"}
}

func (c *campus) add(actor access.Actor, content duty.Content) duty.Room {
	c.t.Helper()
	r, err := c.Add(c.t.Context(), actor, content)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *campus) acts() []ledger.Act {
	c.t.Helper()
	acts, _, err := ledger.List(c.t.Context(), c.DB.Read(), ledger.Filter{Kind: "room."})
	if err != nil {
		c.t.Fatal(err)
	}
	return acts
}

// TestARoomFromItsBeginningToItsEnd: each step is an act, in the transaction of the step, and
// what a room was stays on record.
func TestARoomFromItsBeginningToItsEnd(t *testing.T) {
	clause.Covers(t, "C024")
	each(t, func(c *campus) {
		ctx := t.Context()
		var answered []string
		c.Answers = func(_ context.Context, _ bun.Tx, _ access.Actor, r *duty.Room) error {
			answered = append(answered, r.Name+" "+r.Head)
			return nil
		}
		content := c.of("  一号楼监控室 ", "west", "east", "east")
		content.Networks = []string{"10.1.2.7/24", " 10.1.2.0/24", ""}
		r := c.add(c.chief, content)
		if r.Name != "一号楼监控室" || !slices.Equal(r.Areas, []string{"east", "west"}) || !slices.Equal(r.Networks, []string{"10.1.2.0/24"}) || r.AddedAt != c.now.UnixMicro() {
			t.Errorf("%+v", r)
		}
		if !r.Here("10.1.2.200") || r.Here("10.1.3.1") || r.Here("nonsense") || !(&duty.Room{}).Here("10.9.9.9") {
			t.Error("which computers stand in the room")
		}
		if told, _ := c.told.Take(); len(told) != 1 || told[0].Kind != "duty" || told[0].Subject != r.ID {
			t.Errorf("told %+v", told)
		}
		was := r.Content
		c.now = c.now.Add(time.Hour)
		next := c.of("一号楼监控室", "east")
		next.Head = c.east.Person
		changed, err := c.Change(ctx, c.chief, r.ID, next)
		if err != nil || changed.ID != r.ID || changed.Head != c.east.Person || changed.AddedAt != r.AddedAt {
			t.Fatalf("%+v, %v", changed, err)
		}
		next.Staff, c.now = 3, c.now.Add(time.Hour)
		if _, err := c.Change(ctx, c.east, r.ID, next); err != nil { // all of it lies in the east by now
			t.Fatal(err)
		}
		if !slices.Equal(answered, []string{"一号楼监控室 " + c.chief.Person, "一号楼监控室 " + c.east.Person}) {
			t.Errorf("who answers was told %q", answered)
		}
		got, err := duty.Load(ctx, c.DB.Read(), r.ID)
		if err != nil || got.Staff != 3 || got.RetiredAt != nil {
			t.Errorf("%+v, %v", got, err)
		}

		c.now = c.now.Add(time.Hour)
		watched := true
		c.Ends = func(context.Context, bun.Tx, *duty.Room) error {
			if watched {
				return duty.ErrRoomWatched
			}
			return nil
		}
		for _, x := range []struct {
			reason string
			err    error
		}{{"", text.ErrRequired}, {"x", text.ErrTooShort}, {"合并到二号楼", duty.ErrRoomWatched}} {
			if err := c.Retire(ctx, c.chief, r.ID, x.reason); !errors.Is(err, x.err) {
				t.Errorf("%q: %v", x.reason, err)
			}
		}
		watched = false
		if err := c.Retire(ctx, c.chief, r.ID, "合并到二号楼"); err != nil {
			t.Fatal(err)
		}
		if err := c.Retire(ctx, c.chief, r.ID, "合并到二号楼"); !errors.Is(err, duty.ErrRoomRetired) {
			t.Errorf("twice: %v", err)
		}
		if _, err := c.Change(ctx, c.chief, r.ID, c.of("x", "east")); !errors.Is(err, duty.ErrRoomRetired) {
			t.Errorf("changed after its end: %v", err)
		}
		all, err := c.Seen(ctx, c.guard)
		if err != nil || len(all) != 1 || all[0].RetiredAt == nil {
			t.Errorf("%+v, %v", all, err)
		}

		acts := c.acts()
		kinds := []string{"room.retired", "room.changed", "room.changed", "room.added"}
		if len(acts) != len(kinds) {
			t.Fatalf("%+v", acts)
		}
		for i, a := range acts {
			if a.Kind != kinds[i] || a.Subject != r.ID {
				t.Errorf("%d: %+v", i, a)
			}
		}
		from, _ := acts[2].Detail["from"].(map[string]any)
		if from["name"] != was.Name || from["staff"] != float64(2) || acts[1].Person != c.east.Person || acts[0].Detail["reason"] != "合并到二号楼" {
			t.Errorf("%+v", acts)
		}
		if _, err := c.DB.Read().ExecContext(ctx, "DELETE FROM rooms"); err == nil {
			t.Error("a room was deleted")
		}
	})
}

// TestWhatNoRoomIs: each refusal names its field, and leaves neither a room nor an act.
func TestWhatNoRoomIs(t *testing.T) {
	each(t, func(c *campus) {
		for name, x := range map[string]struct {
			change func(r *duty.Content)
			err    error
			field  string
		}{
			"no name":            {func(r *duty.Content) { r.Name = " " }, text.ErrRequired, "name"},
			"a long name":        {func(r *duty.Content) { r.Name = strings.Repeat("室", 101) }, text.ErrTooLong, "name"},
			"a broken name":      {func(r *duty.Content) { r.Name = "监\u200b控室" }, text.ErrCharacter, "name"},
			"nobody":             {func(r *duty.Content) { r.Staff = 0 }, duty.ErrRoomStaff, "staff"},
			"a crowd":            {func(r *duty.Content) { r.Staff = 51 }, duty.ErrRoomStaff, "staff"},
			"some time":          {func(r *duty.Content) { r.Hours = "at night" }, duty.ErrRoomHours, "hours"},
			"no area":            {func(r *duty.Content) { r.Areas = []string{"east", "moon"} }, duty.ErrRoomArea, "areas"},
			"no head":            {func(r *duty.Content) { r.Head = "" }, duty.ErrRoomHead, "head"},
			"who may not decide": {func(r *duty.Content) { r.Head = c.guard.Person }, duty.ErrRoomHead, "head"},
			"head of elsewhere":  {func(r *duty.Content) { r.Head, r.Areas = c.east.Person, []string{"west"} }, duty.ErrRoomHead, "head"},
			"no network":         {func(r *duty.Content) { r.Networks = []string{"10.1.2.0/24", "the desk"} }, network.ErrNetwork, "networks"},
			"everywhere":         {func(r *duty.Content) { r.Networks = []string{"0.0.0.0/0"} }, network.ErrNetwork, "networks"},
			"a long telephone":   {func(r *duty.Content) { r.Phone = strings.Repeat("1", 41) }, text.ErrTooLong, "phone"},
		} {
			content := c.of("监控室", "east")
			x.change(&content)
			_, err := c.Add(t.Context(), c.chief, content)
			var p *problem.Error
			if !errors.Is(err, x.err) || !errors.As(err, &p) || p.Field != x.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got, err := duty.All(t.Context(), c.DB.Read()); err != nil || len(got) != 0 || len(c.acts()) != 0 {
			t.Errorf("%+v, %v, %+v", got, err, c.acts())
		}
		first := c.add(c.chief, c.of("监控室 A😀", "east"))
		if _, err := c.Add(t.Context(), c.chief, c.of("监控室 Ａ😀")); !errors.Is(err, duty.ErrRoomName) {
			t.Errorf("a name twice: %v", err)
		}
		second := c.add(c.chief, c.of("B"))
		if _, err := c.Change(t.Context(), c.chief, second.ID, c.of("监控室 a😀")); !errors.Is(err, duty.ErrRoomName) {
			t.Errorf("a name twice: %v", err)
		}
		if _, err := c.Change(t.Context(), c.chief, first.ID, c.of("监控室 a😀", "east")); err != nil { // its own
			t.Error(err)
		}
	})
}

// TestRoomsElsewhere: who holds a position in some areas sets up rooms that watch nothing else,
// and knows of no others.
func TestRoomsElsewhere(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(c *campus) {
		ctx := t.Context()
		west, both, whole := c.add(c.chief, c.of("西", "west")), c.add(c.chief, c.of("两", "east", "west")), c.add(c.chief, c.of("全"))
		east := c.add(c.east, c.of("东", "east"))
		for name, content := range map[string]duty.Content{"another area": c.of("x", "west"), "one of two": c.of("x", "east", "west"), "what lies around": c.of("x", "campus"), "everything": c.of("x")} {
			if _, err := c.Add(ctx, c.east, content); !errors.Is(err, duty.ErrRoomOther) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := c.Change(ctx, c.east, east.ID, c.of("东", "east", "west")); !errors.Is(err, duty.ErrRoomOther) {
			t.Errorf("taken further: %v", err)
		}
		for _, r := range []duty.Room{both, whole} {
			if _, err := c.Change(ctx, c.east, r.ID, c.of("x", "east")); !errors.Is(err, duty.ErrRoomOther) {
				t.Errorf("%s taken over: %v", r.Name, err)
			}
			if err := c.Retire(ctx, c.east, r.ID, "合并了"); !errors.Is(err, duty.ErrRoomOther) {
				t.Errorf("%s ended: %v", r.Name, err)
			}
		}
		for _, id := range []string{west.ID, "nothing"} { // as if it were not there
			if _, err := c.Change(ctx, c.east, id, c.of("x", "east")); !errors.Is(err, duty.ErrRoomUnknown) {
				t.Errorf("%v", err)
			}
		}
		names := func(actor access.Actor) (all []string) {
			rooms, err := c.Seen(ctx, actor)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rooms {
				all = append(all, r.Name)
			}
			slices.Sort(all)
			return all
		}
		if got := names(c.east); !slices.Equal(got, []string{"东", "两", "全"}) {
			t.Errorf("%q", got)
		}
		if got := names(c.far); !slices.Equal(got, []string{"两", "全", "西"}) {
			t.Errorf("%q", got)
		}
		if _, err := c.Look(ctx, c.DB.Read(), c.far, east.ID); !errors.Is(err, duty.ErrRoomUnknown) {
			t.Errorf("%v", err)
		}
		var p *problem.Error
		for name, try := range map[string]func() error{
			"add":    func() error { _, err := c.Add(ctx, c.guard, c.of("x")); return err },
			"change": func() error { _, err := c.Change(ctx, c.guard, whole.ID, c.of("x")); return err },
			"retire": func() error { return c.Retire(ctx, c.guard, whole.ID, "合并了") },
			"see":    func() error { _, err := c.Seen(ctx, access.ActorOf("t", access.Technician)); return err },
		} {
			if err := try(); !errors.As(err, &p) || p.Kind != problem.Forbidden {
				t.Errorf("%s without the right: %v", name, err)
			}
		}
	})
}

// TestAnActThatCannotBeWrittenLeavesNoRoom: what the watch refuses in the transaction undoes it.
func TestAnActThatCannotBeWrittenLeavesNoRoom(t *testing.T) {
	each(t, func(c *campus) {
		no := errors.New("no")
		c.Answers = func(context.Context, bun.Tx, access.Actor, *duty.Room) error { return no }
		if _, err := c.Add(t.Context(), c.chief, c.of("监控室")); !errors.Is(err, no) {
			t.Error(err)
		}
		if got, err := duty.All(t.Context(), c.DB.Read()); err != nil || len(got) != 0 || len(c.acts()) != 0 {
			t.Errorf("%+v, %v, %+v", got, err, c.acts())
		}
	})
}
