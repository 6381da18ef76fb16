package inbox

import (
	"strconv"
	"strings"
)

// endOfPrefix sorts behind everything that begins with what stands before it.
const endOfPrefix = "\U0010FFFF"

// where spells a filter in SQL. $1 is the instance, $2 the limit.
func (f Filter) where(instance string) (string, []any) {
	parts, args := []string{"instance_id = $1"}, []any{instance, f.Limit}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	between := func(column, prefix string) {
		parts = append(parts, column+" >= "+arg(prefix), column+" < "+arg(prefix+endOfPrefix))
	}
	parts = append(parts, "seq > "+arg(f.SinceSeq))
	if f.BeforeSeq > 0 {
		parts = append(parts, "seq < "+arg(f.BeforeSeq))
	}
	if f.To != "" {
		parts = append(parts, "recipient = "+arg(fold(f.To)))
	}
	if f.ToAny != nil {
		list := make([]string, len(f.ToAny))
		for i, to := range f.ToAny {
			list[i] = arg(fold(to))
		}
		parts = append(parts, "recipient IN ("+strings.Join(append(list, "NULL"), ", ")+")")
	}
	if f.Prefix != "" {
		between("recipient", fold(f.Prefix))
	}
	if f.Kind != "" {
		between("id", f.Kind.prefix()+"_") // ids tell the kinds apart
	}
	return strings.Join(parts, " AND "), args
}
