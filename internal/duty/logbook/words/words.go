// Package words has what the program writes into duty records, in both languages.
package words

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Line is what is known of a line of the program besides its words.
type Line struct {
	zh, en   string
	Category string
	Severity string
}

// A parameter stands as {name}; what is within [ ] is left out where a parameter in it is lacking.
var lines = map[string]Line{
	"signed_on":            {"{person}签到上岗[（{shift}）]。", "{person} signed on[ ({shift})].", "handover", "ordinary"},
	"signed_on_late":       {"{person}迟到签到[（{shift}）][，晚{minutes}分钟]。", "{person} signed on late[ ({shift})][, by {minutes} min].", "labour_discipline", "important"},
	"signed_on_unplanned":  {"{person}未在排班内签到上岗[，原因：{reason}]。", "{person} signed on without being on the roster[; reason: {reason}].", "handover", "important"},
	"amiss_dress":          {"{person}签到检查发现问题（着装或证件）：{note}。", "{person} found when signing on (dress or badge): {note}.", "fault", "important"},
	"amiss_clean":          {"{person}签到检查发现问题（室内或设备整洁）：{note}。", "{person} found when signing on (cleanliness): {note}.", "fault", "important"},
	"amiss_dry":            {"{person}签到检查发现问题（干燥、通风）：{note}。", "{person} found when signing on (dryness or air): {note}.", "fault", "important"},
	"amiss_flammables":     {"{person}签到检查发现问题（易燃、易爆、有毒物品）：{note}。", "{person} found when signing on (flammable, explosive or toxic goods): {note}.", "fault", "important"},
	"amiss_smoking":        {"{person}签到检查发现问题（吸烟、明火）：{note}。", "{person} found when signing on (smoking or open fire): {note}.", "fault", "important"},
	"amiss_cups":           {"{person}签到检查发现问题（水杯摆放）：{note}。", "{person} found when signing on (cups near the equipment): {note}.", "fault", "important"},
	"amiss_equipment":      {"{person}签到检查发现问题（设备运行）：{note}。", "{person} found when signing on (equipment): {note}.", "fault", "important"},
	"amiss_keys":           {"{person}签到检查发现问题（钥匙）：{note}。", "{person} found when signing on (keys): {note}.", "fault", "important"},
	"amiss_radios":         {"{person}签到检查发现问题（对讲机）：{note}。", "{person} found when signing on (radios): {note}.", "fault", "important"},
	"amiss_visitors":       {"{person}签到检查发现问题（室内无关人员）：{note}。", "{person} found when signing on (people who do not belong there): {note}.", "fault", "important"},
	"signed_off":           {"{person}签退[（{shift}）][，说明：{reason}]。", "{person} signed off[ ({shift})][; note: {reason}].", "handover", "ordinary"},
	"left_early":           {"{person}提前离岗[，早{minutes}分钟][，原因：{reason}]。", "{person} left early[, by {minutes} min][; reason: {reason}].", "labour_discipline", "important"},
	"handed_over":          {"{from}向{to}交班，双方已签字。", "{from} handed over to {to}; both signed.", "handover", "ordinary"},
	"handover_refused":     {"[{person}]交接班被拒绝[，原因：{reason}]。", "A handover[ by {person}] was refused[; reason: {reason}].", "handover", "important"},
	"taken_over":           {"{to}接管{from}的值班，未经交班人签字[，原因：{reason}]。", "{to} took over from {from} without a signature[; reason: {reason}].", "handover", "important"},
	"closed":               {"{person}按规定关闭监控室[，由{standBy}负责应答][，电话{phone}]。", "{person} closed the room by the rules[; {standBy} answers for it][, phone {phone}].", "handover", "ordinary"},
	"opened":               {"监控室开启[，{person}]。", "The room was opened[ by {person}].", "handover", "ordinary"},
	"leaving_refused":      {"{person}未交班要求离岗，系统未予同意。", "{person} asked to leave without a successor and was refused.", "labour_discipline", "important"},
	"vacant":               {"监控室无人值班[，由{person}负责]。", "Nobody keeps watch[; {person} answers for the room].", "handover", "important"},
	"extended":             {"接班人未到岗，{person}延长值班[，已超时{minutes}分钟]。", "The relief is absent; {person} stays on watch[, {minutes} min beyond the shift].", "handover", "important"},
	"prompt_missed":        {"{person}未响应在岗确认。", "{person} missed a presence prompt.", "labour_discipline", "important"},
	"prompts_missed_twice": {"{person}本班已{count}次未响应在岗确认，形成违规初稿。", "{person} missed {count} presence prompts in this shift: the draft of a breach.", "labour_discipline", "severe"},
	"absence_overdue":      {"{person}短时离岗已{minutes}分钟，超过时限。", "{person} has been absent for {minutes} min, longer than a short absence lasts.", "labour_discipline", "important"},
	"absence_began":        {"{person}短时离岗[，由{cover}留守][，报警转至{elsewhere}]。", "{person} is absent for a short while[; {cover} stays][; alarms ring at {elsewhere}].", "labour_discipline", "ordinary"},
	"absence_ended":        {"{person}返回岗位[，离岗{minutes}分钟]。", "{person} is back[ after {minutes} min].", "labour_discipline", "ordinary"},
	"departure":            {"{person}班中离岗[，由{relief}替班][，原因：{reason}]。", "{person} departed during the shift[; relief: {relief}][; reason: {reason}].", "labour_discipline", "important"},
	"visitor_in":           {"外来人员{name}进入监控室[，单位：{unit}][，事由：{reason}][，陪同：{escort}]。", "Visitor {name} came in[, unit: {unit}][; reason: {reason}][; escort: {escort}].", "visitor", "ordinary"},
	"visitor_out":          {"外来人员{name}离开监控室。", "Visitor {name} left.", "visitor", "ordinary"},
	"instruction_given":    {"{person}下达指示[：{text}]。", "{person} gave an instruction[: {text}].", "instruction", "ordinary"},
	"instruction_read":     {"{person}已阅指示[：{text}]。", "{person} read an instruction[: {text}].", "instruction", "ordinary"},
	"leave_approved":       {"{person}请假获准[（{shift}）][，由{relief}替班]。", "Leave of {person} was approved[ ({shift})][; relief: {relief}].", "labour_discipline", "ordinary"},
	"swap_made":            {"{person}与{other}换班[（{shift}）]。", "{person} and {other} swapped shifts[ ({shift})].", "labour_discipline", "ordinary"},
	"late_notice":          {"{person}告知将迟到[，预计{minutes}分钟][，原因：{reason}]。", "{person} gave notice of being late[, by {minutes} min][; reason: {reason}].", "labour_discipline", "ordinary"},
	"camera_lost":          {"摄像机{camera}无信号[，原因：{cause}][，{count}次]。", "No signal from camera {camera}[; cause: {cause}][, {count} times].", "fault", "important"},
	"camera_back":          {"摄像机{camera}恢复[，其间中断{count}次]。", "Camera {camera} is back[; meanwhile it was lost {count} times].", "fault", "ordinary"},
	"camera_brief":         {"摄像机{camera}短时无信号，已恢复[，共{count}次]。", "Camera {camera} had no signal for a short while and is back[, {count} times].", "fault", "ordinary"},
	"fault":                {"故障[：{text}]。", "Fault[: {text}].", "fault", "important"},
	"fault_closed":         {"故障已处理[：{text}]。", "A fault was closed[: {text}].", "fault", "ordinary"},
	"viewing":              {"{person}回看录像[，摄像机{cameras}][，{from}至{to}][，事由：{reason}]。", "{person} viewed recordings[ of {cameras}][, {from} to {to}][; reason: {reason}].", "access", "ordinary"},
	"snapshot":             {"{person}截图[，摄像机{cameras}][，画面时间{at}]。", "{person} took a snapshot[ of {cameras}][, picture of {at}].", "access", "ordinary"},
	"configuration":        {"{person}更改设置[，摄像机{cameras}][：{act}]。", "{person} changed the configuration[ of {cameras}][: {act}].", "access", "ordinary"},
	"alarm":                {"报警[：{text}][，摄像机{camera}]。", "Alarm[: {text}][, camera {camera}].", "alarm", "important"},
	"breach":               {"违规[：{text}][，{person}]。", "Breach[: {text}][, {person}].", "labour_discipline", "important"},
}

// Codes are those that there are words for, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(lines)) }

// Of tells the category and severity of a line; one that is unknown is an ordinary other.
func Of(code string) Line {
	if l, ok := lines[code]; ok {
		return l
	}
	return Line{Category: "other", Severity: "ordinary"}
}

// acts are what the configuration of a camera is called that was changed.
var acts = map[string][2]string{
	"camera.created": {"添加摄像机", "camera added"}, "camera.changed": {"修改摄像机", "camera changed"}, "camera.switched_off": {"停用摄像机", "camera switched off"}, "camera.switched_on": {"启用摄像机", "camera switched on"},
	"camera.retired": {"摄像机退役", "camera retired"}, "camera.recovered": {"恢复摄像机", "camera recovered"}, "camera.masked": {"设置遮挡区", "privacy masks set"}, "camera.mask_proposed": {"提请更改遮挡区", "privacy masks proposed"},
	"camera.room_marked": {"标明拍摄监控室", "marked as watching a control room"}, "camera.room_ended": {"不再拍摄监控室", "watches a control room no more"}, "camera.room_proposed": {"提请解除拍摄监控室的标记", "proposed to watch a control room no more"},
	"camera.side_door_checked": {"检查旁路访问", "side door checked"}, "parameter.approved": {"批准制度参数", "parameter approved"}, "configuration.changed": {"修改配置文件", "configuration file changed"},
}

// instants are numbers from here on: µs since 1970.
const instants = 1e14

// Say puts a line into words. names are of ids; an id without a name stands as it is, and a code
// without words is said as it is.
func Say(code string, chinese bool, params map[string]any, names map[string]string, zone *time.Location) string {
	l, ok := lines[code]
	if !ok {
		return code
	}
	template, between := l.en, ", "
	if chinese {
		template, between = l.zh, "、"
	}
	var out strings.Builder
	for template != "" {
		open := strings.IndexAny(template, "[{")
		if open < 0 {
			out.WriteString(template)
			break
		}
		out.WriteString(template[:open])
		if template[open] == '{' {
			end := open + strings.IndexByte(template[open:], '}')
			s := value(params[template[open+1:end]], names, between, zone)
			if s == "" {
				s = "—"
			}
			out.WriteString(s)
			template = template[end+1:]
			continue
		}
		end := open + strings.IndexByte(template[open:], ']')
		part := template[open+1 : end]
		template = template[end+1:]
		whole := true
		for whole && strings.Contains(part, "{") {
			from := strings.IndexByte(part, '{')
			to := strings.IndexByte(part, '}')
			s := value(params[part[from+1:to]], names, between, zone)
			whole = s != ""
			part = part[:from] + strings.NewReplacer("{", "(", "}", ")").Replace(s) + part[to+1:]
		}
		if whole {
			out.WriteString(part)
		}
	}
	return out.String()
}

func value(v any, names map[string]string, between string, zone *time.Location) string {
	number := func(f float64) string {
		if f >= instants {
			if zone == nil {
				zone = time.UTC
			}
			return time.UnixMicro(int64(f)).In(zone).Format("01-02 15:04")
		}
		return fmt.Sprint(f)
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if name := names[v]; name != "" {
			return name
		}
		if act, ok := acts[v]; ok {
			if between == "、" {
				return act[0]
			}
			return act[1]
		}
		return v
	case []string:
		all := make([]any, len(v))
		for i := range v {
			all[i] = v[i]
		}
		return value(all, names, between, zone)
	case []any:
		var all []string
		for _, one := range v {
			if s := value(one, names, between, zone); s != "" {
				all = append(all, s)
			}
		}
		return strings.Join(all, between)
	case int:
		return value(int64(v), names, between, zone)
	case int64:
		if float64(v) >= instants {
			return number(float64(v))
		}
		return fmt.Sprint(v)
	case float64:
		return number(v)
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(v)
}
