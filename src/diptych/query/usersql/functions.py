"""Functions that users' SQL may call: those that compute from their arguments, and nothing else.

Left out on purpose: whatever reads files, other tables, dictionaries, settings or the server's state, sleeps,
or fails on demand.
"""

_AGGREGATES = """
any anyHeavy anyLast argMax argMin avg avgWeighted boundingRatio corr count covarPop covarSamp deltaSum
deltaSumTimestamp entropy first_value groupArray groupArrayInsertAt groupArrayMovingAvg groupArrayMovingSum
groupArraySample groupArraySorted groupBitAnd groupBitOr groupBitXor groupBitmap groupUniqArray intervalLengthSum
kurtPop kurtSamp last_value max  median medianExact min quantile quantileDeterministic quantileExact
quantileExactHigh quantileExactLow quantileExactWeighted quantileTDigest quantiles quantilesExact quantilesTDigest
rankCorr retention sequenceCount sequenceMatch simpleLinearRegression skewPop skewSamp stddevPop stddevSamp sum
sumCount sumWithOverflow topK topKWeighted uniq uniqCombined uniqCombined64 uniqExact uniqHLL12
varPop varSamp welchTTest windowFunnel studentTTest mannWhitneyUTest
"""
_COMBINATORS = ("If", "Array", "Map", "Distinct", "OrNull", "OrDefault", "ForEach", "Merge", "State")
_WINDOWS = """
row_number rank dense_rank percent_rank cume_dist ntile lagInFrame leadInFrame lag lead nth_value nonNegativeDerivative
"""
_TIME = """
addDays addHours addMinutes addMonths addQuarters addSeconds addWeeks addYears age dateDiff date_diff dateName
dateTrunc date_trunc formatDateTime fromUnixTimestamp fromUnixTimestamp64Milli makeDate makeDateTime monthName now
now64 parseDateTime parseDateTimeBestEffort parseDateTimeBestEffortOrNull subtractDays subtractHours
subtractMinutes subtractMonths subtractQuarters subtractSeconds subtractWeeks subtractYears timeSlot toDate
toDate32 toDateOrNull toDateTime toDateTime64 toDateTimeOrNull toDayOfMonth toDayOfWeek toDayOfYear toHour
toISOWeek toISOYear toIntervalDay toIntervalHour toIntervalMinute toIntervalMonth toIntervalQuarter
toIntervalSecond toIntervalWeek toIntervalYear toLastDayOfMonth toMinute toMonday toMonth toQuarter toSecond
toStartOfDay toStartOfFifteenMinutes toStartOfFiveMinutes toStartOfHour toStartOfInterval toStartOfMinute
toStartOfMonth toStartOfQuarter toStartOfSecond toStartOfTenMinutes toStartOfWeek toStartOfYear toTime toTimeZone
toUnixTimestamp toUnixTimestamp64Milli toWeek toYYYYMM toYYYYMMDD toYear toYearWeek today yesterday
"""
_STRINGS = """
CHAR_LENGTH base64Decode base64Encode char_length concat concatWithSeparator countMatches countSubstrings
countSubstringsCaseInsensitive cutFragment cutQueryString cutToFirstSignificantSubdomain domain
domainWithoutWWW empty endsWith extract extractAll extractGroups extractURLParameter extractURLParameterNames
extractURLParameters firstSignificantSubdomain format hasSubsequence hasToken hex ilike initcap initcapUTF8 left
leftPad leftPadUTF8 leftUTF8 length lengthUTF8 like lower lowerUTF8 match multiSearchAny
multiSearchAnyCaseInsensitive netloc ngrams notEmpty notILike notLike path pathFull position
positionCaseInsensitive positionCaseInsensitiveUTF8 positionUTF8 protocol queryString repeat replace replaceAll
replaceOne replaceRegexpAll replaceRegexpOne reverse reverseUTF8 right rightPad rightPadUTF8 rightUTF8 soundex
splitByChar splitByRegexp splitByString splitByWhitespace startsWith substr substring substringIndex
substringUTF8 tokens topLevelDomain trim trimBoth trimLeft trimRight unhex upper upperUTF8 decodeURLComponent
"""
_JSON = """
JSONExtract JSONExtractArrayRaw JSONExtractBool JSONExtractFloat JSONExtractInt JSONExtractKeys
JSONExtractKeysAndValuesRaw JSONExtractRaw JSONExtractString JSONExtractUInt JSONHas JSONLength JSONType
isValidJSON toJSONString
"""
_COLLECTIONS = """
array arrayAUC arrayAll arrayAvg arrayCompact arrayConcat arrayCount arrayCumSum arrayDifference arrayDistinct
arrayElement arrayEnumerate arrayEnumerateUniq arrayExists arrayFill arrayFilter arrayFirst arrayFirstIndex
arrayFlatten arrayFold arrayIntersect arrayJoin arrayLast arrayLastIndex arrayMap arrayMax arrayMin arrayPopBack
arrayPopFront arrayProduct arrayPushBack arrayPushFront arrayReverse arrayReverseSort arraySlice arraySort
arraySplit arrayStringConcat arraySum arrayUniq arrayZip emptyArrayToSingle has hasAll hasAny hasSubstr indexOf
map mapAdd mapApply mapContains mapExists mapFilter mapFromArrays mapKeys mapValues range tuple tupleElement
countEqual
"""
_NUMBERS = """
abs acos asin atan atan2 bitAnd bitCount bitNot bitOr bitShiftLeft bitShiftRight bitTest bitXor cbrt ceil ceiling
cos degrees divide e exp exp10 exp2 floor gcd greatest intDiv intDivOrZero isFinite isInfinite isNaN ln lcm least
log log10 log1p log2 minus mod modulo moduloOrZero multiply negate pi plus pow power radians round roundAge
roundBankers roundDown roundDuration roundToExp2 sign sin sqrt tan trunc truncate widthBucket width_bucket
"""
_OTHER = """
CAST accurateCastOrNull and assumeNotNull bar caseWithExpression cityHash64 coalesce equals greater
greaterOrEquals if ifNull isNotNull isNull isZeroOrNull less lessOrEquals multiIf not notEquals nullIf or
runningDifference sipHash64 toBool toDecimal64 toFloat32 toFloat64 toFloat64OrNull toFloat64OrZero toInt16 toInt32
toInt64 toInt64OrNull toInt64OrZero toInt8 toNullable toString toTypeName toUInt16 toUInt32 toUInt64
toUInt64OrNull toUInt64OrZero toUInt8 toUUID toUUIDOrNull transform xor xxHash64 materialize
formatReadableQuantity formatReadableSize formatReadableTimeDelta
"""


def _names(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for name in text.split())


_PLAIN = _names(_AGGREGATES, _WINDOWS, _TIME, _STRINGS, _JSON, _COLLECTIONS, _NUMBERS, _OTHER)
_OF_AGGREGATES = _names(_AGGREGATES)
# Names that the engine takes in any spelling, as SQL writes them.
_ANY_CASE = {name.lower() for name in _PLAIN if name.islower() or name.isupper()}


def allowed(name: str) -> bool:
    """Whether users may call the function, by its exact name or with aggregate combinators behind it."""
    return name in _PLAIN or name.lower() in _ANY_CASE or _combined(name)


def _combined(name: str) -> bool:
    stripped = next((name.removesuffix(end) for end in _COMBINATORS if name.endswith(end)), name)
    return stripped != name and (stripped in _OF_AGGREGATES or _combined(stripped))


NAMES = sorted(_PLAIN, key=str.lower)
"""Every function by its plain name, for the documentation."""
