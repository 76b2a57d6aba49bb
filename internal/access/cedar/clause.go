package cedar

import (
	"slices"

	"watchroom/internal/access"
)

// demands gives the demand of the rules that a right serves.
func demands(a access.Action) string {
	return map[access.Action]string{
		access.LiveView: "C022", access.PlaybackView: "C104", access.SnapshotTake: "C102", access.BookmarkWrite: "C022", access.FootageDownload: "C102",
		access.CameraRead: "C101", access.CameraConfigure: "C101", access.CameraExport: "C101", access.CameraSwitch: "C007", access.AreaConfigure: "C014", access.ScheduleConfigure: "C007",
		access.PeopleRead: "C020", access.PeopleManage: "C021", access.TokenManage: "C113", access.StandInAdmit: "C025",
		access.SystemRead: "C119", access.MetricsRead: "C119", access.FaultAcknowledge: "C119", access.MaintenancePlace: "C117",
		access.ActRead: "C114", access.ActExport: "C114", access.LedgerRead: "C114",
		access.StorageRead: "C092", access.RetentionConfigure: "C092", access.HoldPlace: "C091", access.HoldRelease: "C091",
		access.DeletionRequest: "C091", access.DeletionApprove: "C091", access.LossExplain: "C093", access.LossSign: "C093",
		access.RightsRead: "C114", access.RightsPropose: "C023", access.RightsApprove: "C023", access.RightsReview: "C113", access.SharedLoginJudge: "C113",
		access.ParameterRead: "C012", access.ParameterPropose: "C012", access.ParameterApprove: "C012", access.PurposeConfigure: "C006",
		access.ConsoleManage: "C058", access.ConsoleReport: "C058",
		access.EmergencyTake: "C105", access.EmergencyReview: "C105",
	}[a]
}

// clauses gives the demands that a rule serves, sorted: that rights are graded (C112), those
// of its rights, and those of what it says besides.
func clauses(rule *access.Rule) []string {
	all := []string{"C112"}
	for _, a := range rule.Actions {
		if c := demands(a); c != "" {
			all = append(all, c)
		}
	}
	if len(rule.Areas) > 0 {
		all = append(all, "C014") // each watches over its own
	}
	if rule.From > access.LowestGrade || rule.To != 0 {
		all = append(all, "C111") // security grades
	}
	if rule.Request || rule.Back != 0 {
		all = append(all, "C104") // consent first
	}
	if rule.Second {
		all = append(all, "C100") // confidential
	}
	slices.Sort(all)
	return slices.Compact(all)
}
