package demo

import (
	"context"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/area"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/camera"
)

// The demonstration is a small school. Names of units and areas stand for them below.

// member is one of its people: the account, and the unit.
type member struct {
	username, name string
	position       access.Position
	unit           string
	licence        string // of a guard
}

// adminName is shown to others, also in the gap of the camera that the admin switched off.
const adminName = "陈宇 Chen Yu"

func members() []member {
	return []member{
		{"admin", adminName, access.Administrator, network, ""},
		{"guard", "王芳 Wang Fang", access.Operator, guards, "演示-保安-0421"},
		{"lead", "赵强 Zhao Qiang", access.DutyLead, guards, "演示-保安-0388"},
		{"supervisor", "周敏 Zhou Min", access.Supervisor, security, ""},
		{"leader", "吴卫国 Wu Weiguo", access.Leader, office, ""},
		// A rule that protects less takes two who approve.
		{"deputy", "刘静 Liu Jing", access.Leader, office, ""},
		{"technician", "郑涛 Zheng Tao", access.Technician, company, ""},
		{"auditor", "孙洁 Sun Jie", access.Auditor, audit, ""},
		{"principal", "何志远 He Zhiyuan", access.Principal, office, ""},
		{"contractor", "马超 Ma Chao", access.Contractor, company, ""},
	}
}

const (
	school   = "明德中学 Mingde School"
	office   = "校长办公室 Principal's office"
	security = "安全保卫处 Security office"
	network  = "信息中心 IT centre"
	audit    = "审计室 Audit office"
	guards   = "安盾保安服务有限公司 Andun Guard Services"
	company  = "明视安防工程有限公司 Mingshi Security Engineering"
)

// department is one of its units, below the school; responsible is a user name.
type department struct {
	name        string
	kind        unit.Kind
	responsible string
}

func departments() []department {
	return []department{
		{office, unit.Department, "leader"}, {security, unit.Department, "supervisor"}, {network, unit.Department, "admin"},
		{audit, unit.Department, "auditor"}, {company, unit.Maintenance, "technician"},
		{guards, unit.Guards, "lead"},
	}
}

// spot is one of its areas.
type spot struct {
	name, in   string // in: the name of that around it
	kind       area.Kind
	importance area.Importance
	unit       string
	scene      int // what the simulator draws there, from 1 (see sim.Mix); 0: no camera hangs there
}

func spots() []spot {
	const teaching, second, third, service = "教学楼 Teaching building", "二层 Floor 2", "三层 Floor 3", "后勤楼 Service building"
	return []spot{
		{school, "", area.Site, area.Ordinary, security, 0},
		{"北门 North gate", school, area.Zone, area.Important, security, 1},
		{"停车场 Car park", school, area.Zone, area.Ordinary, security, 4},
		{teaching, school, area.Building, area.Important, security, 0},
		{second, teaching, area.Floor, area.Ordinary, security, 0},
		{"走廊 Corridor", second, area.Zone, area.Ordinary, security, 2},
		{third, teaching, area.Floor, area.Ordinary, security, 0},
		{"301 教室 Classroom 301", third, area.Zone, area.Ordinary, security, 5},
		{service, school, area.Building, area.Ordinary, security, 0},
		{"A 库房 Warehouse A", service, area.Zone, area.Ordinary, security, 3},
		{"机房 Server room", service, area.Zone, area.Vital, network, 6},
	}
}

// scenes is how many places the simulator draws before it begins again.
const scenes = 6

// found makes units, the files of the people and areas. It is done by the administrator, and
// what is about the administrator on the machine itself: nobody keeps their own file.
func (s *story) found(ctx context.Context, people map[string]string) error {
	now := at(s.begin - 50e6)
	units := &unit.Units{DB: s.db, Clock: now, Accounts: s.accounts, Areas: area.OfUnit, Left: staff.Left}
	top, err := units.Create(ctx, s.admin, unit.New{Kind: unit.Department, Name: school, Responsible: people["leader"]})
	if err != nil {
		return err
	}
	named := map[string]string{school: top.ID} // ids of units
	end := time.UnixMicro(s.end)
	for _, d := range departments() {
		n := unit.New{Kind: d.kind, Name: d.name, Responsible: people[d.responsible]}
		if !d.kind.Foreign() {
			n.Parent = top.ID
		}
		made, err := units.Create(ctx, s.admin, n)
		if err != nil {
			return err
		}
		named[d.name] = made.ID
		if d.kind.Foreign() {
			number, about := "017", "视频监控系统维护 Upkeep of the video surveillance system"
			if d.kind == unit.Guards {
				number, about = "009", "校园保安服务，含监控室值守 Guarding the school, its control room included"
			}
			if _, err := units.Conclude(ctx, s.admin, made.ID, "MD-"+end.Format("2006")+"-"+number, end.AddDate(3, 0, 0).UnixMicro(), about); err != nil {
				return err
			}
		}
	}
	s.company = named[company]
	if err := s.files(ctx, &staff.Files{DB: s.db, Clock: now, Accounts: s.accounts}, people, named); err != nil {
		return err
	}
	s.areas = &area.Areas{DB: s.db, Clock: now, Cameras: camera.InArea, Hung: camera.Hung, Unit: unit.InService}
	inside := map[string]string{} // ids of areas
	s.hangs = map[int]string{}
	for _, p := range spots() {
		made, err := s.areas.Create(ctx, s.admin, area.New{Parent: inside[p.in], Kind: p.kind, Name: p.name, Importance: p.importance, Unit: named[p.unit]})
		if err != nil {
			return err
		}
		inside[p.name] = made.ID
		if p.scene > 0 {
			s.hangs[p.scene-1] = made.ID
		}
	}
	return nil
}

// qualification is what those have who answer for upkeep, operation and review (C020).
func qualification(p access.Position) string {
	return map[access.Position]string{access.Technician: "安全技术防范系统运维员 三级 Security systems technician, level 3",
		access.Supervisor: "安防系统管理培训合格 Trained in running security systems", access.Auditor: "内部审计员 Internal auditor"}[p]
}

// files says which unit everybody belongs to and which papers they have. Who comes from a
// company has an account as long as its contract.
func (s *story) files(ctx context.Context, f *staff.Files, people, units map[string]string) error {
	end := time.UnixMicro(s.end).UTC()
	day := func(years, months int) *staff.Day {
		d := staff.Day(end.AddDate(years, months, 0).Format(time.DateOnly))
		return &d
	}
	foreign := map[string]bool{}
	for _, d := range departments() {
		foreign[d.name] = d.kind.Foreign()
	}
	for _, m := range members() {
		if people[m.username] == "" {
			continue // see outside
		}
		of := units[m.unit]
		c := staff.Change{Unit: &of, VettedOn: day(0, -8), PledgeUntil: day(0, 10)}
		if w := qualification(m.position); w != "" {
			c.Qualification = &w
		}
		if m.licence != "" {
			c.Licence, c.LicenceUntil = &m.licence, day(2, 3)
		}
		if foreign[m.unit] {
			until := end.AddDate(2, 0, 0).UnixMicro()
			c.Term = &staff.Term{Until: &until}
		}
		actor := s.admin
		if m.position == access.Administrator {
			actor = access.CommandLine()
		}
		if _, _, err := f.Keep(ctx, actor, people[m.username], c); err != nil {
			return err
		}
	}
	return nil
}
