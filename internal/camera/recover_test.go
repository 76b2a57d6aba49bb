package camera

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/access"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
)

// TestRecover: a registry takes back those cameras of a copy that it does not know, under
// the ids that they had; what it knows stays as it is.
func TestRecover(t *testing.T) {
	clause.Covers(t, "C091")
	each(t, func(t *testing.T, y *yard) {
		typed := func(url, user, password string) StreamInput {
			return StreamInput{URL: &url, Username: &user, Password: p(secret.Text(password)), Transport: p(TCP), SkipVerify: p(true)}
		}
		sub := typed("rtsp://10.0.0.9/sub", "", "")
		copies := []Remembered{
			{ID: "cam000000000a", Name: "Gate", Place: "north", Enabled: true, RecordAudio: true, AudioPurpose: "desk", Priority: 8, CreatedAt: 77,
				Main: typed("rtsp://10.0.0.9/main", "user", "pass"), Sub: &sub},
			{ID: "cam000000000b", Name: "Gate", OffBy: "Li", OffReason: "building work", OffAt: 88, Provisional: true, Main: typed("rtsp://10.0.0.8/", "", "")},
			{ID: "cam000000000c", Enabled: true, Provisional: true, Main: typed("rtsp://10.0.0.7/", "", "")},
		}
		if _, err := y.Recover(t.Context(), access.ActorOf("guard", access.Operator), copies); err == nil {
			t.Error("an operator may do it")
		}
		taken, err := y.Recover(t.Context(), access.CommandLine(), copies)
		if err != nil || len(taken) != 3 {
			t.Fatalf("%+v, %v", taken, err)
		}
		list, err := y.List(t.Context())
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		a, b, c := list[0], list[1], list[2]
		if a.ID != copies[0].ID || a.Name != "Gate" || a.Place != "north" || !a.Enabled || a.Provisional || !a.RecordAudio || a.AudioPurpose != "desk" ||
			a.Priority != 8 || a.CreatedAt != 77 || a.Sub == nil || a.Sub.URL != "rtsp://10.0.0.9/sub" || a.Main.Transport != TCP || !a.Main.SkipVerify {
			t.Errorf("%+v", a)
		}
		if s := y.secrets(a.ID); s.Main.Password != "pass" || s.Main.Username != "user" {
			t.Errorf("the password is %+v", s.Main)
		}
		if b.Name != "Gate cam000000000b" || b.Enabled || b.OffBy != "Li" || b.OffReason != "building work" || b.OffAt != 88 || b.Priority != DefaultPriority {
			t.Errorf("%+v", b)
		}
		if c.Name != "cam000000000c" || !c.Provisional || c.CreatedAt == 0 {
			t.Errorf("%+v", c)
		}
		acts := y.acts()
		if len(acts) != 3 || acts[0].Kind != "camera.recovered" || acts[0].Camera == "" {
			t.Errorf("acts %+v", acts)
		}
		if told := y.told(); told != "created created created" {
			t.Errorf("told %q", told)
		}
		if again, err := y.Recover(t.Context(), access.CommandLine(), copies[:1]); err != nil || len(again) != 0 {
			t.Errorf("again %+v, %v", again, err)
		}

		// A copy that is younger than the database, with cameras that were retired and one
		// of which only footage is left.
		long := strings.Repeat("门", MaxName)
		y.create(New{Name: long, Main: typed("rtsp://10.0.0.6/", "", "")})
		retired := int64(99)
		copies[0].Name = "not this one"
		younger := []Remembered{copies[0],
			{ID: "cam000000000d", Name: "Gate", Enabled: true, RetiredAt: &retired, OffBy: "Li", OffReason: "moved", OffAt: 99, Main: typed("rtsp://10.0.0.5/", "user", "")},
			{ID: "cam000000000e", CreatedAt: 70, RetiredAt: &retired},
			{ID: "cam000000000f", Name: long, Main: typed("rtsp://10.0.0.4/", "", "")},
		}
		taken, err = y.Recover(t.Context(), access.CommandLine(), younger)
		if err != nil || len(taken) != 3 {
			t.Fatalf("%+v, %v", taken, err)
		}
		for i, want := range []Camera{
			{ID: "cam000000000d", Name: "Gate", RetiredAt: &retired, OffBy: "Li", OffReason: "moved", OffAt: 99, Priority: DefaultPriority, Grade: DefaultGrade, Main: Stream{URL: "rtsp://10.0.0.5/", Username: "user", Transport: TCP, SkipVerify: true}},
			{ID: "cam000000000e", Name: "cam000000000e", RetiredAt: &retired, CreatedAt: 70, Priority: DefaultPriority, Grade: DefaultGrade, Main: Stream{Transport: Auto}},
			{ID: "cam000000000f", Name: strings.Repeat("门", MaxName-14) + " cam000000000f", Priority: DefaultPriority, Grade: DefaultGrade, Main: Stream{URL: "rtsp://10.0.0.4/", Transport: TCP, SkipVerify: true}},
		} {
			got, err := y.Get(t.Context(), want.ID)
			want.CreatedAt = max(want.CreatedAt, taken[i].CreatedAt)
			if diff := cmp.Diff(want, got); err != nil || diff != "" || cmp.Diff(want, taken[i]) != "" {
				t.Errorf("%v %s", err, diff)
			}
		}
		if a, err := y.Get(t.Context(), copies[0].ID); err != nil || a.Name != "Gate" {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
