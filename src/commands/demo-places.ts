// Where the demo bank has branches: zone, state, city, first digits of its postcodes, and its share of the customers.

type Place = readonly [zone: string, state: string, city: string, pincode: string, weight: number];

const places: readonly Place[] = [
  ["North", "Delhi", "New Delhi", "110", 95],
  ["North", "Haryana", "Gurugram", "122", 38],
  ["North", "Punjab", "Ludhiana", "141", 22],
  ["North", "Punjab", "Amritsar", "143", 15],
  ["North", "Rajasthan", "Jaipur", "302", 34],
  ["North", "Uttar Pradesh", "Lucknow", "226", 30],
  ["North", "Uttar Pradesh", "Noida", "201", 28],
  ["North", "Chandigarh", "Chandigarh", "160", 16],
  ["North", "Jammu and Kashmir", "Jammu", "180", 6],
  ["West", "Maharashtra", "Mumbai", "400", 120],
  ["West", "Maharashtra", "Pune", "411", 62],
  ["West", "Maharashtra", "Nagpur", "440", 18],
  ["West", "Gujarat", "Ahmedabad", "380", 46],
  ["West", "Gujarat", "Surat", "395", 30],
  ["West", "Goa", "Panaji", "403", 7],
  ["South", "Karnataka", "Bengaluru", "560", 98],
  ["South", "Karnataka", "Mysuru", "570", 14],
  ["South", "Tamil Nadu", "Chennai", "600", 64],
  ["South", "Tamil Nadu", "Coimbatore", "641", 20],
  ["South", "Telangana", "Hyderabad", "500", 70],
  ["South", "Andhra Pradesh", "Visakhapatnam", "530", 16],
  ["South", "Kerala", "Kochi", "682", 24],
  ["South", "Kerala", "Thiruvananthapuram", "695", 12],
  ["East", "West Bengal", "Kolkata", "700", 60],
  ["East", "Odisha", "Bhubaneswar", "751", 15],
  ["East", "Bihar", "Patna", "800", 18],
  ["East", "Jharkhand", "Ranchi", "834", 11],
  ["East", "Assam", "Guwahati", "781", 10],
  ["Central", "Madhya Pradesh", "Indore", "452", 26],
  ["Central", "Madhya Pradesh", "Bhopal", "462", 18],
  ["Central", "Chhattisgarh", "Raipur", "492", 12],
];

/** Cities in the order of their shares; `upTo` is the share of all cities before and including this one. */
export function placesSql(): string {
  const weightSum = places.reduce((sum, [, , , , weight]) => sum + weight, 0);
  let before = 0;
  const rows = places.map(([zone, state, city, pincode, weight], index) => {
    const from = before / weightSum;
    before += weight;
    const branches = Math.max(2, Math.round(weight / 9));
    return `(${index + 1}, '${zone}', '${state}', '${city}', '${pincode}', ${branches}, ${from}::DOUBLE)`;
  });
  return `CREATE TEMP TABLE places AS
    SELECT * FROM (VALUES ${rows.join(", ")}) p(place_number, zone, state, city, pincode_start, branches, share_from)`;
}
