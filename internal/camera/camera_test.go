package camera

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera/streamurl"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/text"
)

var admin = access.ActorOf("boss", access.Administrator)

type yard struct {
	*Registry
	t   *testing.T
	sub *event.Subscription
}

func each(t *testing.T, fn func(t *testing.T, y *yard)) {
	t.Helper()
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		r := &Registry{DB: d, Bus: &event.Bus{}, Box: box, Clock: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(time.Microsecond)
			return now
		}}
		y := &yard{Registry: r, t: t, sub: r.Bus.Subscribe(100)}
		defer y.sub.Close()
		fn(t, y)
	})
}

func (y *yard) create(n New) Camera {
	y.t.Helper()
	c, err := y.Create(y.t.Context(), admin, n)
	if err != nil {
		y.t.Fatal(err)
	}
	return c
}

func (y *yard) secrets(id string) Sources {
	y.t.Helper()
	s, err := y.Secrets(y.t.Context(), id)
	if err != nil {
		y.t.Fatal(err)
	}
	return s
}

func (y *yard) acts() []ledger.Act {
	y.t.Helper()
	acts, _, err := ledger.List(y.t.Context(), y.DB.Read(), ledger.Filter{})
	if err != nil {
		y.t.Fatal(err)
	}
	return acts
}

// told gives the changes published since the last call.
func (y *yard) told() string {
	events, _ := y.sub.Take()
	var all []string
	for _, e := range events {
		if e.Kind != "cameras" || e.Subject != e.Camera || e.Data.(Changed).ID != e.Subject {
			y.t.Errorf("event = %+v", e)
		}
		all = append(all, e.Data.(Changed).Change)
	}
	return strings.Join(all, " ")
}

func (y *yard) refused(what string, err, want error, acts int) {
	y.t.Helper()
	if !errors.Is(err, want) {
		y.t.Errorf("%s: err = %v, want %v", what, err, want)
	}
	if n := len(y.acts()); n != acts {
		y.t.Errorf("%s: %d acts of a refused act", what, n-acts)
	}
	if told := y.told(); told != "" {
		y.t.Errorf("%s: told %q", what, told)
	}
}

func p[T any](v T) *T { return &v }

func at(url string) StreamInput { return StreamInput{URL: &url} }

func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		got := y.create(New{Name: "  大门 Gate ", Place: "北区", Note: "one\r\ntwo",
			Main:        at("rtsp://admin:tiger@10.0.0.1:554/main"),
			Sub:         &StreamInput{URL: p("rtsps://10.0.0.1/sub"), Username: p("viewer"), Password: p(secret.Text("lion")), Transport: p(TCP), SkipVerify: p(true)},
			RecordAudio: true, AudioPurpose: "intercom"})
		want := Camera{ID: got.ID, Name: "大门 Gate", Place: "北区", Note: "one\ntwo", Enabled: true, Provisional: true,
			RecordAudio: true, AudioPurpose: "intercom", Priority: 5, Grade: 1, CreatedAt: got.CreatedAt,
			Main: Stream{URL: "rtsp://10.0.0.1:554/main", Username: "admin", HasCredentials: true, Transport: Auto},
			Sub:  &Stream{URL: "rtsps://10.0.0.1/sub", Username: "viewer", HasCredentials: true, Transport: TCP, SkipVerify: true}}
		if diff := cmp.Diff(want, got); diff != "" || !db.ValidID(got.ID) {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		if again, err := y.Get(t.Context(), got.ID); err != nil || !cmp.Equal(again, want) {
			t.Errorf("read again: %+v, %v", again, err)
		}
		s := y.secrets(got.ID)
		if s.Main.Password != "tiger" || s.Sub.Password != "lion" || s.Main.Target() != "rtsp://10.0.0.1:554/main" {
			t.Errorf("secrets: %q, %q", s.Main.Password.Reveal(), s.Sub.Password.Reveal())
		}
		act := y.acts()[0]
		if act.Kind != "camera.created" || act.Person != "boss" || act.Subject != got.ID || act.Camera != got.ID {
			t.Errorf("act = %+v", act)
		}
		if shown := fmt.Sprintf("%+v %+v %+v", got, y.acts(), s); strings.Contains(shown, "tiger") || strings.Contains(shown, "lion") {
			t.Errorf("a password shows in %s", shown)
		}
		if told := y.told(); told != "created" {
			t.Errorf("told %q", told)
		}
	})
}

// TestPasswordsAreSealed reads the table as a thief of the database would.
func TestPasswordsAreSealed(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		c := y.create(New{Name: "a", Main: at("rtsp://admin:tigertiger@10.0.0.1/?password=tigertiger")})
		var rows []streamRow
		if err := y.DB.Read().NewSelect().Model(&rows).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if shown := fmt.Sprintf("%+v %q", rows, rows[0].Password); len(rows) != 1 || strings.Contains(shown, "tiger") {
			t.Errorf("rows = %s", shown)
		}
		if target := y.secrets(c.ID).Main.Target(); target != "rtsp://10.0.0.1/?password=tigertiger" {
			t.Errorf("target = %q", target.Reveal())
		}
		other := y.create(New{Name: "b", Main: at("rtsp://admin:other@10.0.0.2/")})
		err := y.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // a row copied over another
			_, err := tx.NewUpdate().Model((*streamRow)(nil)).Set("password = ?", rows[0].Password).Where("camera = ?", other.ID).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := y.Secrets(t.Context(), other.ID); !errors.Is(err, ErrSecret) {
			t.Errorf("a password sealed for another camera: %v", err)
		}
		fixed, err := y.Update(t.Context(), admin, other.ID, Change{Main: &StreamInput{Password: p(secret.Text("typed again"))}})
		if err != nil || y.secrets(fixed.ID).Main.Password != "typed again" {
			t.Errorf("typed again: %v", err)
		}
	})
}

func TestNames(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		long := strings.Repeat("监控", 150)
		first := y.create(New{Name: "Ｅast 大门 É", Main: at("rtsp://h/")})
		y.create(New{Name: long, Main: at("rtsp://h/")})
		y.told()
		for _, c := range []struct {
			name string
			want error
		}{
			{"ｅAST 大门 e\u0301", ErrNameTaken},
			{long, ErrNameTaken},
			{"", text.ErrRequired},
			{"   ", text.ErrRequired},
			{long + "多", text.ErrTooLong},
			{"a\tb", text.ErrCharacter},
			{"a\x00", text.ErrCharacter},
			{"a\u202e", text.ErrCharacter},
			{"Eаst", ErrNameMixed}, // its а is Cyrillic
			{"East  大门É", ErrNameAlike},
			{"East 大门 É\ufe0f", ErrNameAlike}, // with a mark that nobody sees
		} {
			_, err := y.Create(t.Context(), admin, New{Name: c.name, Main: at("rtsp://h/")})
			y.refused(fmt.Sprintf("%.20q", c.name), err, c.want, 2)
			if problem.Of(err).Field != "name" {
				t.Errorf("%.20q: field %q", c.name, problem.Of(err).Field)
			}
		}
		other := y.create(New{Name: "other", Main: at("rtsp://h/")})
		y.told()
		_, err := y.Update(t.Context(), admin, other.ID, Change{Name: p(long)})
		y.refused("renamed to a taken name", err, ErrNameTaken, 3)
		y.create(New{Name: "TOP 1", Main: at("rtsp://h/")})
		y.told()
		_, err = y.Update(t.Context(), admin, other.ID, Change{Name: p("ТОР 1")}) // all of it Cyrillic
		y.refused("renamed to what looks taken", err, ErrNameAlike, 4)
		if got := problem.Of(err); got.Params["name"] != "TOP 1" || got.Field != "name" {
			t.Errorf("%+v", got)
		}
		if _, err := y.Update(t.Context(), admin, first.ID, Change{Name: p("ｅast 大门 É")}); err != nil {
			t.Errorf("another case of its own name: %v", err)
		}
		if _, err := y.Retire(t.Context(), admin, first.ID, "taken down"); err != nil {
			t.Fatal(err)
		}
		y.create(New{Name: "Ｅast 大门 É", Main: at("rtsp://h/")}) // free again
	})
}

// TestTwoOfOneNameAtOnce lets the database decide who was first.
func TestTwoOfOneNameAtOnce(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				_, err := y.Create(t.Context(), admin, New{Name: "gate", Main: at("rtsp://h/")})
				if err != nil && !errors.Is(err, ErrNameTaken) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if cameras, err := y.List(t.Context()); len(cameras) != 1 || err != nil {
			t.Errorf("%d cameras, %v", len(cameras), err)
		}
	})
}

func TestCreateRefusals(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		good := at("rtsp://h/")
		for _, c := range []struct {
			name  string
			actor access.Actor
			n     New
			want  error
			field string
		}{
			{"without the right", access.ActorOf("x", access.Supervisor), New{Name: "a", Main: good}, access.ErrRightMissing, ""},
			{"no URL", admin, New{Name: "a"}, text.ErrRequired, "main.url"},
			{"other scheme", admin, New{Name: "a", Main: at("http://h/")}, streamurl.ErrScheme, "main.url"},
			{"no host", admin, New{Name: "a", Main: at("rtsp://")}, streamurl.ErrHost, "main.url"},
			{"the metadata service", admin, New{Name: "a", Main: at("rtsp://169.254.169.254/latest")}, streamurl.ErrAddress, "main.url"},
			{"in disguise", admin, New{Name: "a", Main: good, Sub: p(at("rtsp://[::ffff:169.254.169.254]:80/"))}, streamurl.ErrAddress, "sub.url"},
			{"another user inside", admin, New{Name: "a", Main: StreamInput{URL: p("rtsp://u:w@h/"), Username: p("v")}}, streamurl.ErrCredentialsDiffer, "main.url"},
			{"another password inside", admin, New{Name: "a", Main: StreamInput{URL: p("rtsp://u:w%40@h/"), Username: p("u"), Password: p(secret.Text("w%40"))}}, streamurl.ErrCredentialsDiffer, "main.url"},
			{"bad sub", admin, New{Name: "a", Main: good, Sub: p(at("rtsp://h:0/"))}, streamurl.ErrInvalid, "sub.url"},
			{"empty sub", admin, New{Name: "a", Main: good, Sub: &StreamInput{}}, text.ErrRequired, "sub.url"},
			{"transport", admin, New{Name: "a", Main: StreamInput{URL: p("rtsp://h/"), Transport: p(Transport("smoke"))}}, ErrTransport, "main.transport"},
			{"user name", admin, New{Name: "a", Main: StreamInput{URL: p("rtsp://h/"), Username: p("a\nb")}}, text.ErrCharacter, "main.username"},
			{"password", admin, New{Name: "a", Main: StreamInput{URL: p("rtsp://h/"), Password: p(secret.Text(strings.Repeat("x", 501)))}}, text.ErrTooLong, "main.password"},
			{"a priority that is none", admin, New{Name: "a", Main: good, Priority: 10}, ErrPriority, "priority"},
			{"sound without purpose", admin, New{Name: "a", Main: good, RecordAudio: true}, ErrAudioPurpose, "audioPurpose"},
			{"sound with a blank purpose", admin, New{Name: "a", Main: good, RecordAudio: true, AudioPurpose: "  "}, ErrAudioPurpose, "audioPurpose"},
		} {
			_, err := y.Create(t.Context(), c.actor, c.n)
			y.refused(c.name, err, c.want, 0)
			if got := problem.Of(err).Field; got != c.field {
				t.Errorf("%s: field %q, want %q", c.name, got, c.field)
			}
		}
	})
}

func TestUpdate(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		c := y.create(New{Name: "gate", Main: at("rtsp://admin:tiger@10.0.0.1/main")})
		y.told()
		steps := []struct {
			name    string
			change  Change
			changes map[string]any // in the act
			main    string         // password after
		}{
			{"words", Change{Name: p("Gate 2"), Place: p("yard")}, map[string]any{
				"name": map[string]any{"from": "gate", "to": "Gate 2"}, "place": map[string]any{"from": "", "to": "yard"}}, "tiger"},
			{"URL, password kept", Change{Main: p(at("rtsp://10.0.0.9/main"))}, map[string]any{
				"main.url": map[string]any{"from": "rtsp://10.0.0.1/main", "to": "rtsp://10.0.0.9/main"}}, "tiger"},
			{"user name in the URL, password kept", Change{Main: p(at("rtsp://root@10.0.0.9/main"))}, map[string]any{
				"main.username": map[string]any{"from": "admin", "to": "root"}}, "tiger"},
			{"password", Change{Main: &StreamInput{Password: p(secret.Text("lion"))}}, map[string]any{"main.password": "changed"}, "lion"},
			{"the same password", Change{Main: &StreamInput{Password: p(secret.Text("lion"))}}, nil, "lion"},
			{"nothing", Change{}, nil, "lion"},
			{"the same words", Change{Name: p(" Gate 2 ")}, nil, "lion"},
			{"a sub-stream", Change{Sub: &StreamInput{URL: p("rtsp://u:w@10.0.0.9/sub"), Transport: p(UDP)}}, map[string]any{
				"sub.url":       map[string]any{"from": "", "to": "rtsp://10.0.0.9/sub"},
				"sub.username":  map[string]any{"from": "", "to": "u"},
				"sub.transport": map[string]any{"from": "", "to": "udp"}, "sub.password": "changed"}, "lion"},
			{"no sub-stream", Change{RemoveSub: true}, map[string]any{
				"sub.url":       map[string]any{"from": "rtsp://10.0.0.9/sub", "to": ""},
				"sub.username":  map[string]any{"from": "u", "to": ""},
				"sub.transport": map[string]any{"from": "udp", "to": ""}}, "lion"},
			{"sound", Change{RecordAudio: p(true), AudioPurpose: p("intercom")}, map[string]any{
				"recordAudio": map[string]any{"from": false, "to": true}, "audioPurpose": map[string]any{"from": "", "to": "intercom"}}, "lion"},
			{"a priority", Change{Priority: p(9)}, map[string]any{"priority": map[string]any{"from": 5.0, "to": 9.0}}, "lion"},
			{"no credentials", Change{Main: &StreamInput{Username: p(""), Password: p(secret.Text(""))}}, map[string]any{
				"main.username": map[string]any{"from": "root", "to": ""}, "main.password": "changed"}, ""},
		}
		for _, s := range steps {
			before := len(y.acts())
			got, err := y.Update(t.Context(), admin, c.ID, s.change)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if again, err := y.Get(t.Context(), c.ID); err != nil || !cmp.Equal(again, got) {
				t.Errorf("%s: answered %+v, kept %+v, %v", s.name, got, again, err)
			}
			acts, told := y.acts(), y.told()
			if s.changes == nil {
				if len(acts) != before || told != "" {
					t.Errorf("%s: %d acts, told %q", s.name, len(acts)-before, told)
				}
				continue
			}
			if diff := cmp.Diff(s.changes, acts[0].Detail["changes"]); diff != "" || len(acts) != before+1 || acts[0].Kind != "camera.changed" || told != "changed" {
				t.Errorf("%s: %d acts, told %q; want (-), got (+):\n%s", s.name, len(acts)-before, told, diff)
			}
			if got := y.secrets(c.ID).Main.Password.Reveal(); got != s.main {
				t.Errorf("%s: password %q, want %q", s.name, got, s.main)
			}
		}
		final, err := y.Get(t.Context(), c.ID)
		if err != nil || final.Main.HasCredentials || final.Sub != nil {
			t.Errorf("final = %+v, %v", final, err)
		}
		n := len(y.acts())
		_, err = y.Update(t.Context(), admin, c.ID, Change{AudioPurpose: p("")})
		y.refused("the purpose away while sound is recorded", err, ErrAudioPurpose, n)
		_, err = y.Update(t.Context(), admin, "nobody", Change{Name: p("x")})
		y.refused("unknown", err, ErrUnknown, n)
		_, err = y.Update(t.Context(), access.ActorOf("x", access.Operator), c.ID, Change{Name: p("x")})
		y.refused("without the right", err, access.ErrRightMissing, n)
		_, err = y.Update(t.Context(), admin, c.ID, Change{Name: p("new"), Sub: p(at("ftp://x"))})
		y.refused("half of it wrong", err, streamurl.ErrScheme, n)
	})
}

func TestSwitchAndRetire(t *testing.T) {
	clause.Covers(t, "C007", "C076")
	each(t, func(t *testing.T, y *yard) {
		c := y.create(New{Name: "gate", Main: at("rtsp://admin:tiger@h/")})
		lead := access.ActorOf("lead", access.DutyLead)
		y.told()
		_, err := y.Switch(t.Context(), access.ActorOf("x", access.Operator), c.ID, false, "works on the mast")
		y.refused("without the right", err, access.ErrRightMissing, 1)
		_, err = y.Switch(t.Context(), lead, c.ID, false, " ")
		y.refused("without a reason", err, text.ErrRequired, 1)
		if c, err = y.Switch(t.Context(), lead, c.ID, false, "works on the mast"); err != nil || c.Enabled || c.OffAt == 0 {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, err = y.Switch(t.Context(), lead, c.ID, false, "once more"); err != nil || len(y.acts()) != 2 {
			t.Errorf("off twice: %v, %d acts", err, len(y.acts()))
		}
		if c, err = y.Switch(t.Context(), lead, c.ID, true, "done"); err != nil || !c.Enabled || c.OffAt != 0 {
			t.Fatalf("%+v, %v", c, err)
		}
		if told := y.told(); told != "switched switched" {
			t.Errorf("told %q", told)
		}
		_, err = y.Retire(t.Context(), lead, c.ID, "sold")
		y.refused("retire without the right", err, access.ErrRightMissing, 3)
		if c, err = y.Retire(t.Context(), admin, c.ID, "sold"); err != nil || c.RetiredAt == nil || c.Enabled {
			t.Fatalf("%+v, %v", c, err)
		}
		if told := y.told(); told != "retired" {
			t.Errorf("told %q", told)
		}
		_, err = y.Retire(t.Context(), admin, c.ID, "again")
		y.refused("twice", err, ErrRetired, 4)
		_, err = y.Update(t.Context(), admin, c.ID, Change{Name: p("x")})
		y.refused("changed after", err, ErrRetired, 4)
		_, err = y.Switch(t.Context(), lead, c.ID, true, "again")
		y.refused("switched after", err, ErrRetired, 4)
		if s := y.secrets(c.ID); s.Main.Password != "" {
			t.Error("a retired camera keeps its password")
		}
		var kinds []string
		for _, a := range y.acts() {
			kinds = append(kinds, fmt.Sprint(a.Kind, " ", a.Detail["reason"]))
		}
		want := []string{"camera.retired sold", "camera.switched_on done", "camera.switched_off works on the mast", "camera.created <nil>"}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("acts: want (-), got (+):\n%s", diff)
		}
	})
}

func TestNobodyDeletesACamera(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		c := y.create(New{Name: "gate", Main: at("rtsp://h/")})
		if _, err := y.Retire(t.Context(), admin, c.ID, "sold"); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"DELETE FROM cameras", "UPDATE cameras SET retired_at = NULL", "UPDATE cameras SET name = 'x'"} {
			err := y.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if cameras, err := y.List(t.Context()); len(cameras) != 1 || err != nil {
			t.Errorf("%d cameras, %v", len(cameras), err)
		}
	})
}

func TestListAndUnknown(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		if cameras, err := y.List(t.Context()); cameras == nil || len(cameras) != 0 || err != nil {
			t.Errorf("empty: %v, %v", cameras, err)
		}
		for i := range 3 {
			y.create(New{Name: fmt.Sprint("c", i), Main: at(fmt.Sprintf("rtsp://h/%d", i)), Sub: p(at("rtsp://h/s"))})
		}
		cameras, err := y.List(t.Context())
		if err != nil || len(cameras) != 3 {
			t.Fatal(len(cameras), err)
		}
		for i, c := range cameras {
			if c.Name != fmt.Sprint("c", i) || c.Main.URL != fmt.Sprintf("rtsp://h/%d", i) || c.Sub == nil {
				t.Errorf("%d: %+v", i, c)
			}
		}
		for _, id := range []string{"", "nobody", "' OR 1=1 --"} {
			if _, err := y.Get(t.Context(), id); !errors.Is(err, ErrUnknown) {
				t.Errorf("get %q: %v", id, err)
			}
		}
		for _, id := range []string{"", "nobody"} {
			if _, err := y.Secrets(t.Context(), id); !errors.Is(err, ErrUnknown) {
				t.Errorf("secrets of %q: %v", id, err)
			}
		}
	})
}
