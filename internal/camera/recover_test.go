package camera

import (
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
)

// TestRecover: a registry that knows no camera takes back those of a copy, under the ids
// that they had; one that knows any takes none.
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
		if b.Name != "Gate cam000000000b" || b.Enabled || b.OffReason != "building work" || b.OffAt != 88 || b.Priority != DefaultPriority {
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
	})
}
